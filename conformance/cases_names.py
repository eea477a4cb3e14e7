"""Results of projects with any name and date, found again; configurations with any value in a field.

Each case is a project made at random. pandas and pickle write the results of two videos under its name,
and ours must find them, with and without being told the scorer. Where DeepLabCut is installed (DLC_VENV
names the folder of such an environment: `conformance/deeplabcut-python` makes one), its `get_scorer_name`,
`find_analyzed_data` and `find_video_metadata` must answer the same, and ours must take every value in
`config.yaml` that DeepLabCut takes.
"""

import contextlib
import io
import json
import logging
import pickle
import random
import subprocess
import tempfile
import unicodedata
import warnings
from pathlib import Path

import pandas as pd

warnings.filterwarnings("ignore")

EXAMPLE = "find_results"

# `strftime("%b")` and the first three letters of `%B`; the last words are dates by hand.
MONTHS = {
    "de": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc. fév aoû",
    "hi": "जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰ नव॰ दिस॰",
    "ja": "1月 2月 3月 10月 12月",
    "ru": "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "tr": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "zh": "一月 二月 三月 十月 十二月",
    "en": "Jan May Sept Dec",
}
BY_HAND = ["Mai3", "Okt30", "févr2", "जून14", "2022-11-22", "Sept3", "Jan01", "Nov", "22", ""]
PIECES = [
    "a", "Reach", "mouse", "open_field", "_", "-", " ", ".", "9", "2024", "shuffle", "shuffle1_", "DLC", "DLC_",
    "yDLC_", "DeepCut_", "May3", "Jun30", "é", "e\u0301", "Größe", "мышь", "鼠", "🐭", "'", '"', "#", "[x]", "{y}",
    "*", "?", "!", "~", "null", "%", "&", "\\", "resnet50_", "snapshot_",
]  # fmt: skip
OTHERS = ["DLC_snapshot-1000", "superanimal_quadruped_hrnet_w32_fasterrcnn_mobilenet_v3_large_fpn"]
ODD = {
    "Task": [123, 1.5, True, "yes", "2022-11-22", ""],
    "date": [22, "2022-11-22", None, ""],
    "scorer": [7, "Ann", None],
    "dotsize": [4.5, 0, "4", None, -1],
    "pcutoff": [0, 1, "0.5", 2.5, None],
    "alphavalue": [0.5, "1", 7],
    "colormap": ["jet", 5, None],
    "x1": [-1, 0, None, "5"],
    "skeleton": [[], "", [["a", "b"]], [["a"]], None],
    "numframes2pick": [20, 5.0, "7", 2.5],
    "default_net_type": ["resnet_50", 50, None],
    "iteration": ["0", 0, 0.0],
    "snapshotindex": ["all", -1, "-1", 0, None],
    "batch_size": ["4", 8, 0, None],
    "cropping": ["no", 0, False, "perhaps", None],
    "identity": [None, "true", 5],
    "video_sets": [None, "", {}, {"a.mp4": {"crop": "0, 1, 0, 1"}}, [1]],
    "individuals": [["a"], [1], None],
    "uniquebodyparts": [[], ["a"], [1], None],
    "bodyparts": [["a", "b"], ["a", 1], "", None],
    "corner2move2": [[50, 50], None, [-1]],
    "TrainingFraction": [[0.95], ["0.95"], "", None],
    "engine": ["tensorflow", "pytorch", None],
}  # fmt: skip


def deeplabcut():
    """Returns DeepLabCut's functions of names, or None where it is not installed."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from deeplabcut.core.config import read_config
            from deeplabcut.utils import auxiliaryfunctions
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)
    return read_config, auxiliaryfunctions


def ask(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def word(rng, most):
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def date(rng, case):
    if case < len(BY_HAND):
        return BY_HAND[case]
    languages = list(MONTHS)
    months = MONTHS[languages[case % len(languages)]].split()
    return rng.choice(months) + str(rng.randint(1, 31))


def make_project(root, **config):
    """Makes a project with a trained model that has nothing but names."""
    root.mkdir(parents=True)
    config = {"Task": "t", "date": "May3", "bodyparts": ["a", "b"], "iteration": 0, "snapshotindex": -1, **config}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in config.items()]
    (root / "config.yaml").write_text("".join(lines), encoding="utf-8")
    task, day = ("" if config[key] is None else str(config[key]) for key in ["Task", "date"])
    train = root / f"dlc-models/iteration-0/{task}{day}-trainset95shuffle1/train"
    train.mkdir(parents=True)
    (train / "pose_cfg.yaml").write_text("net_type: resnet_50\n")
    (train / "snapshot-1000.index").write_text("")


def write_results(folder, stem, scorer, apart):
    joint = "_" if scorer.startswith("superanimal_") else ""
    base = f"{stem}{joint}{scorer}"
    if apart:
        base = unicodedata.normalize("NFD", base)
    columns = pd.MultiIndex.from_product([[scorer], ["a"], ["x", "y", "likelihood"]], names=["scorer", "bodyparts", "coords"])
    table = pd.DataFrame([[1.0, 2.0, 0.5]], columns=columns)
    for ending in ["", "_filtered"]:
        table.to_hdf(folder / f"{base}{ending}.h5", key="df_with_missing", format="table", mode="w")
    (folder / f"{base}_meta.pickle").write_bytes(pickle.dumps({"data": {"Scorer": scorer, "nframes": 1, "fps": 1.0}}))
    return base


def found(program, folder, stems, scorer, *told):
    """Yields what is wrong with the videos that ours finds."""
    answer = ask(program, "session", folder, *told)
    if "error" in answer:
        yield answer["error"]
        return
    same = lambda text: unicodedata.normalize("NFC", text)  # noqa: E731
    expected = sorted((same(stem), same(scorer)) for stem in stems)
    ours = sorted((same(video["stem"]), same(video["scorer"])) for video in answer["videos"])
    if ours != expected:
        yield f"found {ours}, expected {expected}"
    if any(len(video["metadata"]) != 1 for video in answer["videos"]):
        yield f"metadata: {answer['videos']}"


def session(program, theirs, rng, case):
    """Returns the differences of one project's results."""
    differences = []
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        task, day = word(rng, 4), date(rng, case)
        make_project(root / "project", Task=task, date=day)
        answer = ask(program, "project", root / "project/config.yaml", 1)
        expected = f"DLC_resnet50_{task}{day}shuffle1_1000"
        if answer.get("scorers", [None])[0] != expected:
            return [f"scorer {answer}, expected {expected}"]
        scorer = rng.choice(OTHERS) if case % 10 == 9 else expected
        folder, apart = root / "dlc_session", rng.random() < 0.3
        folder.mkdir()
        stems = [word(rng, 3) + "1", "2" + word(rng, 3)]
        bases = {stem: write_results(folder, stem, scorer, apart) for stem in stems}
        for told in [(), (scorer,)]:
            differences += found(program, folder, stems, scorer, *told)
        if theirs and scorer == expected and not apart:
            differences += against_deeplabcut(theirs, root, bases, scorer)
    return differences


def against_deeplabcut(theirs, root, bases, scorer):
    read_config, aux = theirs
    with contextlib.redirect_stdout(io.StringIO()):
        with contextlib.suppress(Exception):  # what its configuration refuses is asked below
            cfg = read_config(root / "project/config.yaml")
            names = aux.get_scorer_name(cfg, 1, 0.95)
            if names[0] != scorer:
                yield f"DeepLabCut's scorer is {names[0]}"
        for stem, base in bases.items():
            path = aux.find_analyzed_data(root / "dlc_session", stem, scorer)[0]
            if Path(path).name != f"{base}.h5":
                yield f"DeepLabCut finds {path}"
            filtered = aux.find_analyzed_data(root / "dlc_session", stem, scorer, filtered=True)[0]
            if Path(filtered).name != f"{base}_filtered.h5":
                yield f"DeepLabCut finds {filtered}"
            meta = aux.find_video_metadata(root / "dlc_session", stem, scorer)
            if Path(meta).name != f"{base}_meta.pickle":
                yield f"DeepLabCut finds {meta}"


def field(program, theirs, name, value):
    """Returns whether ours stops at a value that DeepLabCut takes."""
    with tempfile.TemporaryDirectory() as root:
        config = Path(root) / "project/config.yaml"
        make_project(config.parent, **{name: value})
        if name in ["x1"] and value is not None:
            return []  # DeepLabCut asks for all bounds or none
        ours = ask(program, "project", config, 1)
        if theirs is None:
            refused = ["bodyparts", "TrainingFraction", "iteration"]
            return [ours["error"]] if "error" in ours and name not in refused else []
        read_config, aux = theirs
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                scorers = list(aux.get_scorer_name(read_config(config), 1, 0.95))
            except Exception:  # ours need not refuse it
                return []
        if ours.get("scorers") != scorers or ours.get("unusable"):
            return [f"ours {ours}, DeepLabCut {scorers}"]
        return []


def cases(program, folder, seed=1):
    theirs = deeplabcut()
    print("cases: names are compared with DeepLabCut, too" if theirs else "cases: names: DeepLabCut is not installed")
    rng = random.Random(f"names/{seed}")
    for case in range(120):
        yield f"project {case}", session(program, theirs, rng, case)
    for name, values in ODD.items():
        for value in values:
            yield f"{name}: {value!r}", field(program, theirs, name, value)
    yield "a body part that is a number", item_named(program, folder)


def item_named(program, folder):
    """Returns whether the error for the given file does not name the item."""
    given = folder / "config_bodypart_num.yaml"
    if not given.exists():
        return []
    error = ask(program, "project", given, 1).get("error", "")
    return [] if "`bodyparts`, item 1" in error and "\n" not in error else [error or "taken"]
