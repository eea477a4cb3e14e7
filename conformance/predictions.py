"""Runs deeplabcut.analyze_videos and ours on the same videos and compares their files.

Called by conformance/predictions, which tells how.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "dlc-cli/data/openfield"
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))
MAX_PX = 0.02
MAX_LIKELIHOOD = 0.001

# name: (project, video in it, shuffle, batch size, cropping)
CASES = {
    "bundled mobilenet_v2_0.35, batch 1": (BUNDLED, "videos/mouse.avi", 1, 1, None),
    "bundled mobilenet_v2_0.35, batch 7": (BUNDLED, "videos/mouse.avi", 1, 7, None),
    "bundled mobilenet_v2_0.35, cropped": (BUNDLED, "videos/mouse.avi", 1, 1, [40, 280, 11, 233]),
}
if REFERENCE.is_dir():
    TENSORFLOW, PYTORCH = REFERENCE / "openfield", REFERENCE / "openfield_torch"
    CLIP = str(TENSORFLOW / "videos/clip120.mp4")
    CASES |= {
        "openfield mobilenet_v2_0.35, batch 1": (TENSORFLOW, CLIP, 1, 1, None),
        "openfield mobilenet_v2_0.35, batch 8": (TENSORFLOW, CLIP, 1, 8, None),
        "openfield mobilenet_v2_0.35, cropped": (TENSORFLOW, CLIP, 1, 1, [100, 500, 60, 380]),
        "openfield cspnext_s, batch 1": (PYTORCH, CLIP, 14, 1, None),
        "openfield cspnext_s, cropped": (PYTORCH, CLIP, 14, 4, [100, 500, 123, 380]),
    }
else:
    print(f"no reference folder at {REFERENCE}: its cases are skipped")


def theirs(config, video, shuffle, batch_size, cropping, out):
    import deeplabcut

    # DeepLabCut stops with a word where an option of the other engine is given.
    keywords = {"use_openvino": False} if "torch" not in str(config) else {}
    with contextlib.redirect_stdout(io.StringIO()):
        deeplabcut.analyze_videos(
            str(config), [str(video)], shuffle=shuffle, destfolder=str(out), save_as_csv=True,
            batchsize=batch_size, cropping=cropping, **keywords,
        )


def ours(program, device, config, video, shuffle, batch_size, cropping, out):
    command = [
        program, "analyze", config, video, "--shuffle", shuffle, "--batch-size", batch_size,
        "--statistics", "batch", "--device", device, "--out", out, "--json",
    ]
    if cropping:
        command += ["--crop", ",".join(map(str, cropping))]
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def found_by_deeplabcut(folder, video, scorer):
    """Lets DeepLabCut find and load our files as its own tools do."""
    from deeplabcut.utils import auxiliaryfunctions

    frame, path, found_scorer, _ = auxiliaryfunctions.load_analyzed_data(
        str(folder), video.stem, scorer, filtered=False, track_method=""
    )
    metadata = auxiliaryfunctions.load_video_metadata(str(folder), video.stem, scorer)
    assert found_scorer == scorer and pathlib.Path(path).parent == folder
    assert metadata["data"]["Scorer"] == scorer
    return frame


def compare_metadata(expected, found):
    """Returns the keys whose values differ, but for times and what is known to differ."""

    class Opaque:
        """Stands for classes of DeepLabCut inside its pickles."""

        def __new__(cls, *arguments):
            return arguments[0] if arguments else object.__new__(cls)

    class Plain(pickle.Unpickler):
        def find_class(self, module, name):
            return Opaque

    def load(path):
        with open(path, "rb") as file:
            return Plain(file).load()["data"]

    expected, found = load(expected), load(found)
    if list(expected) != list(found):
        return [f"keys {list(expected)} and {list(found)}"]
    # Paths are where each program was told to look; times are times.
    skipped = {"start", "stop", "run_duration", "DLC-model-config file", "pytorch-config"}
    differing = [key for key in expected if key not in skipped and expected[key] != found[key]]
    key = "DLC-model-config file"
    if key in expected:
        paths = {"init_weights", "snapshot_prefix", "project_path"}
        theirs, ours = ({k: v for k, v in d[key].items() if k not in paths} for d in (expected, found))
        if theirs != ours or list(expected[key]) != list(found[key]):
            differing.append(key)
    elif set(expected["pytorch-config"]) != set(found["pytorch-config"]):
        differing.append("pytorch-config")
    return differing


def run(name, case, program, device, folder):
    project, video, shuffle, batch_size, cropping = case
    # DeepLabCut writes into its project: it gets a copy.
    copy = folder / name.replace(" ", "_") / project.name
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("*.mp4", "labeled-data", "expected"))
    subprocess.run(["chmod", "-R", "u+w", copy], check=True)
    config, video = copy / "config.yaml", copy / video
    if not cropping:
        text = config.read_text()
        config.write_text(text.replace("cropping: true", "cropping: false"))
    out = {who: copy.parent / who for who in ("theirs", "ours")}
    for path in out.values():
        path.mkdir()
    theirs(config, video, shuffle, batch_size, cropping, out["theirs"])
    report = ours(program, device, config, video, shuffle, batch_size, cropping, out["ours"])

    names = sorted(path.name for path in out["ours"].iterdir())
    missing = set(names) - {path.name for path in out["theirs"].iterdir()}
    assert not missing, f"DeepLabCut writes no {missing}"
    expected = pd.read_hdf(out["theirs"] / pathlib.Path(report["h5"]).name)
    found = pd.read_hdf(report["h5"])
    pd.testing.assert_frame_equal(found, found_by_deeplabcut(out["ours"], video, report["scorer"]))
    pd.testing.assert_index_equal(expected.columns, found.columns)
    pd.testing.assert_index_equal(expected.index, found.index)
    assert (expected.dtypes == found.dtypes).all()

    difference = (found - expected).abs()
    assert not difference.isna().any().any()
    coords = difference.columns.get_level_values("coords")
    px = difference.loc[:, coords != "likelihood"].to_numpy()
    likelihood = difference.loc[:, coords == "likelihood"].to_numpy()
    metadata = compare_metadata(out["theirs"] / pathlib.Path(report["meta"]).name, report["meta"])

    # Where the numbers are the same, so is their text.
    same = difference.to_numpy().max(axis=1) == 0
    csv = {who: (path / pathlib.Path(report["csv"]).name).read_text().splitlines() for who, path in out.items()}
    lines = [True] * 3 + list(same)
    text = all(a == b for a, b, equal in zip(csv["theirs"], csv["ours"], lines) if equal)
    print(
        f"{name}: {len(found)} frames, px max {px.max():.6f} mean {px.mean():.6f}, "
        f"likelihood max {likelihood.max():.6f}; {same.sum()} rows equal to the last bit; "
        f"csv {'as theirs' if text else 'DIFFERS'}; "
        f"metadata {'as theirs' if not metadata else 'DIFFERS in ' + ', '.join(metadata)}",
        flush=True,
    )
    good = px.max() <= MAX_PX and likelihood.max() <= MAX_LIKELIHOOD and text and not metadata
    return good, px.max(), likelihood.max()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", default="", help="words in the names of the cases to run")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, case in CASES.items():
            if arguments.only not in name:
                continue
            results.append(run(name, case, arguments.program, arguments.device, pathlib.Path(folder)))
    good, px, likelihood = zip(*results)
    print(
        f"compared {len(results)} cases on {arguments.device}, {good.count(False)} differ; "
        f"largest difference {max(px):.6f} px, likelihood {max(likelihood):.6f}"
    )
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
