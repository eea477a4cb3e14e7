"""Makes projects at random and writes down what DeepLabCut answers: see conformance/names.

Each line of the output is a case as JSON: the files of a project (`files`: path and text), and
questions (`asks`) with DeepLabCut's `answer`, or with `error`, the type of what it raised. A
question has `differs` when ours answers otherwise on purpose; REASONS says why.

`--extract N` writes only N cases, such that every kind of question is among them.
"""

import argparse
import collections
import contextlib
import io
import json
import logging
import os
import pickle
import random
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import deeplabcut  # noqa: E402
from deeplabcut.core.config import get_yaml_dumper, read_config, read_config_as_dict  # noqa: E402
from deeplabcut.core.engine import Engine  # noqa: E402
from deeplabcut.generate_training_dataset.metadata import get_shuffle_engine  # noqa: E402
from deeplabcut.pose_estimation_pytorch.apis.utils import get_model_snapshots  # noqa: E402
from deeplabcut.pose_estimation_pytorch.config.enums import NetType  # noqa: E402
from deeplabcut.pose_estimation_pytorch.task import Task  # noqa: E402
from deeplabcut.utils import auxiliaryfunctions as aux  # noqa: E402

logging.disable(logging.CRITICAL)

REASONS = {
    "unknown-field": "DeepLabCut 3 refuses fields that it does not know; old projects have them",
    "best-in-config": "`best` is accepted in config.yaml as it is in a call",
    "date-as-text": "a date such as 2020-01-01 is a text, DeepLabCut refuses it",
    "no-iteration": "without an iteration there is an error, DeepLabCut looks in `iteration-None`",
    "stray-index": "a stray file with `index` in its name is passed over, DeepLabCut stops at it "
    "or counts it",
    "both-engines": "with a folder of each engine config.yaml decides, DeepLabCut takes either",
    "same-epochs": "two files of the same epoch are sorted by name, DeepLabCut leaves their order "
    "to the file system",
    "bad-metadata": "an entry of metadata.yaml about another shuffle cannot do harm",
}

TENSORFLOW_NETS = [
    "resnet_50", "resnet_101", "resnet_152", "mobilenet_v2_1.0", "mobilenet_v2_0.75",
    "mobilenet_v2_0.5", "mobilenet_v2_0.35", *[f"efficientnet-b{i}" for i in range(7)],
    "mobilenet_v2_0.29", "efficientnet_b0", "vgg_16", "mobilenet_v2_x",
]  # fmt: skip
PYTORCH_NETS = [*[net.value for net in NetType], "top_down_resnet_50", "dlcrnet_ms5"]
PIECES = [
    "a", "Reach", "mouse", "open_field", "_", "-", " ", ".", "9", "2024", "shuffle", "shuffle1_",
    "DLC", "DLC_", "DeepCut", "May3", "Jun30", "é", "Größe", "мышь", "鼠", "🐭", "'", '"', "#",
    ": ", "- ", "%", "&", "*", "!", "[x]", "{y}", ",", "@", "`", "~", "null", "yes", "1e5", "0x1F",
    "resnet50_", "snapshot_", "trainset95", "iteration-0", "\u0301", "\\",
]  # fmt: skip
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Case:
    """A project at random, the questions about it, and DeepLabCut's answers."""

    def __init__(self, rng, root):
        self.rng, self.root = rng, root
        self.files, self.asks = {}, []
        self.stray, self.same_epochs, self.bad_metadata = set(), set(), False
        self.config = self.make_config()
        self.shuffles = [self.make_shuffle() for _ in range(rng.randint(1, 3))]
        self.make_metadata()

    def write(self, path, text):
        path = Path(path)
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            (self.root / path).write_bytes(text)
            text = ""
        else:
            (self.root / path).write_text(text, encoding="utf-8", newline="")
        self.files[path.as_posix()] = text

    def yaml(self, path, value):
        out = io.StringIO()
        get_yaml_dumper().dump(value, out)
        self.write(path, out.getvalue())

    def task(self):
        if self.rng.random() < 0.3:
            return self.rng.choice(["openfield", "reaching-task", "mouse_openfield", "Task"])
        return "".join(self.rng.choice(PIECES) for _ in range(self.rng.randint(1, 4)))

    def make_config(self):
        rng = self.rng
        fractions = [round(rng.randint(1, 99) / 100, 2) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.1:
            fractions[0] = rng.choice([1 / 3, 0.999, 1.0, 0.0, 0.005, 0.575])
        config = {
            "Task": self.task(),
            "scorer": rng.choice(["Ann", "Pranav", "J. Doe", "Müller"]),
            "date": f"{rng.choice(MONTHS)}{rng.randint(1, 31)}",
            "multianimalproject": rng.random() < 0.1,
            "project_path": rng.choice(["/moved/away", "C:\\Users\\Ann B", ""]),
            "TrainingFraction": fractions,
            "iteration": rng.choice([0, 0, 0, 1, 2, 17]),
            "snapshotindex": rng.choice([-1, -1, -1, "all", 0, 1, 2, -2, -3, 7]),
            "detector_snapshotindex": rng.choice([-1, -1, 0, 1, 5]),
        }
        names = ["snout", "leftear", "left_ear", "tail base", "10", "Öhr", "yes"]
        parts = rng.sample(names, rng.randint(1, len(names)))
        if config["multianimalproject"]:
            config.update(bodyparts="MULTI!", multianimalbodyparts=parts)
        else:
            config["bodyparts"] = parts
        optional = {
            "engine": rng.choice(["pytorch", "tensorflow"]),
            "batch_size": rng.choice([1, 8, None, 0, "four"]),
            "pcutoff": rng.choice([0.1, 0.6, None, 1, 2.5]),
            "cropping": rng.choice([False, None, "no", 0]),
            "default_net_type": rng.choice(["resnet_50", None]),
            "skeleton": rng.choice([[], [["snout", "leftear"]], "", [["snout"]], None]),
            "identity": rng.choice([None, True, False]),
            "start": rng.choice([0, 0.25, None]),
            "video_sets": rng.choice(
                ["", None, {"/a b/" + "long/" * 40 + "v.mp4": {"crop": "0, 640, 0, 480"}}]
            ),
            "numframes2pick": rng.choice([20, 5.0, "7", 2.5, None]),
        }
        odd = rng.random()
        if odd > 0.1:
            config.update({key: value for key, value in optional.items() if rng.random() < 0.25})
        self.differs = None
        if odd < 0.03:
            config[rng.choice(["num_outputs", "my_own"])] = 1
            self.differs = "unknown-field"
        elif odd < 0.05:
            config["eval_prefix"] = rng.choice(["my-results", "évaluation"])
            self.differs = "unknown-field"
        elif odd < 0.06:
            config["snapshotindex"] = "best"
            self.differs = "best-in-config"
        elif odd < 0.08:
            config["iteration"] = None
            self.differs = "no-iteration"
        items = list(config.items())
        rng.shuffle(items)
        if 0.08 <= odd < 0.09:
            self.differs = "date-as-text"
            items = [(key, value) for key, value in items if key != "date"]
        self.yaml("config.yaml", dict(items))
        if self.differs == "date-as-text":
            self.write("config.yaml", self.files["config.yaml"] + "date: 2020-01-01\n")
            config["date"] = "2020-01-01"
        return config

    def folder(self, engine, fraction, shuffle, prefix):
        name = f"{self.config['Task']}{self.config['date']}-trainset{int(fraction * 100)}"
        return (
            Path(prefix) / engine.model_folder_name / f"iteration-{self.config['iteration']}"
            / f"{name}shuffle{shuffle}"
        )  # fmt: skip

    def make_shuffle(self):
        rng = self.rng
        index = rng.randrange(len(self.config["TrainingFraction"]))
        fraction, shuffle = self.config["TrainingFraction"][index], rng.randint(0, 30)
        prefix = rng.choice(["", "", "", "pre", "a/b"])
        engines = rng.choice([[Engine.TF], [Engine.TF], [Engine.PYTORCH], [Engine.PYTORCH], [], [*Engine]])
        for engine in engines:
            folder = self.folder(engine, fraction, shuffle, prefix)
            (self.make_tensorflow if engine is Engine.TF else self.make_pytorch)(folder)
        return index, fraction, shuffle, prefix, engines

    def make_tensorflow(self, folder):
        rng = self.rng
        pose_cfg = {
            "net_type": rng.choice(TENSORFLOW_NETS),
            "num_joints": 1,
            "all_joints_names": ["snout"],
        }
        if rng.random() < 0.3:
            pose_cfg["multi_stage"] = rng.random() < 0.5
        if rng.random() < 0.97:
            self.yaml(folder / "train/pose_cfg.yaml", pose_cfg)
        else:
            self.write(folder / "train/log.txt", "")
        count = rng.choice([0, 1, 1, 2, 5, 12])
        for iterations in rng.sample([*range(0, 30), *range(1000, 1_030_001, 1000)], count):
            for end in ["index", "meta", "data-00000-of-00001"]:
                self.write(folder / f"train/snapshot-{iterations}.{end}", "")
        if rng.random() < 0.03:
            stray = rng.choice(["index.html", "old-5.index", "snapshot-007.index", "snapshot-9.index.bak"])
            self.write(folder / "train" / stray, "")
            self.stray.add(folder)

    def make_pytorch(self, folder):
        rng = self.rng
        method = rng.choice(["bu", "bu", "td", "ctd"])
        net = rng.choice(PYTORCH_NETS)
        config = {
            "net_type": net,
            "method": method,
            "metadata": {"bodyparts": ["snout"]},
            "data": {},
            "runner": {},
            "train_settings": {},
        }
        if rng.random() < 0.97:
            self.yaml(folder / "train/pytorch_config.yaml", config)
        else:
            self.write(folder / "train/log.txt", "")
        names = self.epochs(folder, "snapshot")
        if method == "td" and rng.random() < 0.8:
            names += self.epochs(folder, "snapshot-detector")
        for name in names + rng.sample(["snapshot-best.pt", "snapshot-1.pt.tmp", "x.pt"], 1):
            self.write(folder / "train" / name, "")

    def epochs(self, folder, prefix):
        rng = self.rng
        epochs = rng.sample(range(0, 1200), rng.choice([0, 1, 2, 5, 12]))
        names = [f"{prefix}-{epoch:03}.pt" for epoch in epochs]
        names += [f"{prefix}-best-{epoch:03}.pt" for epoch in rng.sample(range(1200), rng.choice([0, 1, 1, 2]))]
        if epochs and epochs[0] < 100 and rng.random() < 0.2:
            names.append(f"{prefix}-{epochs[0]}.pt")
            self.same_epochs.add(folder)
        return names

    def make_metadata(self):
        rng = self.rng
        folder = Path("training-datasets") / f"iteration-{self.config['iteration']}"
        folder /= f"UnaugmentedDataSet_{self.config['Task']}{self.config['date']}"
        kind = rng.choice(["yaml", "yaml", "pickles", "none"])
        known = {}
        for _, fraction, shuffle, _, engines in self.shuffles:
            if rng.random() < 0.8:
                known[(fraction, shuffle)] = engines[0] if engines else rng.choice([*Engine])
        if kind == "yaml":
            shuffles = {}
            for (fraction, shuffle), engine in known.items():
                name = f"{self.config['Task']}{self.config['date']}-trainset{int(fraction * 100)}shuffle{shuffle}"
                alias = rng.choice([*engine.aliases, engine.aliases[0].upper()])
                shuffles[name] = {"train_fraction": fraction, "index": shuffle, "split": 1, "engine": alias}
            if shuffles and rng.random() < 0.02:
                shuffles["other"] = {"train_fraction": 0.5, "index": 99, "split": 1, "engine": "jax"}
                self.bad_metadata = True
            self.yaml(folder / "metadata.yaml", {"shuffles": shuffles})
        elif kind == "pickles":
            for fraction, shuffle in known:
                name = f"Documentation_data-{self.config['Task']}_{int(fraction * 100)}shuffle{shuffle}.pickle"
                data = pickle.dumps([[], [0, 1], [2], fraction])
                self.write(folder / name, data)

    def ask(self, kind, function, differs=None, **about):
        """Notes what DeepLabCut answers to a question."""
        ask = {"kind": kind, **about}
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                ask["answer"] = function()
        except Exception as error:
            ask["error"] = type(error).__name__
        if differs:
            ask["differs"] = differs
        self.asks.append(ask)
        return ask

    def run(self):
        path = self.root / "config.yaml"
        cfg = None

        def config():
            nonlocal cfg
            cfg = read_config(path)
            keys = ["Task", "scorer", "date", "multianimalproject", "TrainingFraction", "iteration",
                    "snapshotindex", "detector_snapshotindex", "batch_size", "pcutoff", "cropping",
                    "default_net_type", "skeleton", "identity", "engine", "numframes2pick", "start",
                    "individuals", "dotsize", "colormap", "alphavalue"]  # fmt: skip
            return {**{key: cfg[key] for key in keys}, "tracked": aux.get_bodyparts(cfg)}

        differs = self.differs if self.differs != "no-iteration" else None
        self.ask("config", config, differs)
        if cfg is None and differs == "unknown-field":
            self.ask_folders(read_config_as_dict(path))
        elif cfg is not None:
            self.ask_folders(cfg)
            self.ask_models(cfg)

    def ask_folders(self, cfg):
        differs = "no-iteration" if self.differs == "no-iteration" else None
        if cfg.get("iteration") is None:
            differs = "no-iteration"
        text = lambda path: path.as_posix()  # noqa: E731
        self.ask("training_set_folder", lambda: text(aux.get_training_set_folder(cfg)), differs)
        for index, fraction, shuffle, prefix, _ in self.shuffles:
            about = dict(trainingset_index=index, shuffle=shuffle, modelprefix=prefix)
            folder = aux.get_training_set_folder(cfg)
            self.ask(
                "data_files",
                lambda: [text(p) for p in aux.get_data_and_metadata_filenames(folder, fraction, shuffle, cfg)],
                differs, **about,
            )  # fmt: skip
            for engine in Engine:
                about["engine"] = engine.aliases[0]
                arguments = (fraction, shuffle, cfg)
                self.ask(
                    "model_folder",
                    lambda: text(aux.get_model_folder(*arguments, modelprefix=prefix, engine=engine)),
                    differs, **about,
                )  # fmt: skip
                self.ask(
                    "evaluation_folder",
                    lambda: text(aux.get_evaluation_folder(*arguments, modelprefix=prefix, engine=engine)),
                    differs, **about,
                )  # fmt: skip

    def ask_models(self, cfg):
        for index, fraction, shuffle, prefix, engines in self.shuffles:
            about = dict(trainingset_index=index, shuffle=shuffle, modelprefix=prefix)
            base = "no-iteration" if self.differs == "no-iteration" else None
            if self.bad_metadata:
                base = "bad-metadata"
            engine = self.ask(
                "engine",
                lambda: get_shuffle_engine(cfg, index, shuffle, prefix).aliases[0],
                base or ("both-engines" if self.is_either(fraction, shuffle, engines) else None),
                **about,
            )
            if "answer" in engine and "differs" not in engine:
                self.ask_model(cfg, fraction, shuffle, prefix, Engine(engine["answer"]), about)
        missing = dict(trainingset_index=0, shuffle=77, modelprefix="")
        fraction = cfg["TrainingFraction"][0]
        differs = "no-iteration" if self.differs == "no-iteration" else None
        if self.bad_metadata:
            differs = "bad-metadata"
        self.ask("scorer", lambda: aux.get_scorer_name(cfg, 77, fraction), differs, **missing)

    def is_either(self, fraction, shuffle, engines):
        """Whether nothing but two folders says the engine."""
        if len(engines) < 2:
            same = [e for i, f, s, p, es in self.shuffles if int(f * 100) == int(fraction * 100) and s == shuffle for e in es]
            if len(set(same)) < 2:
                return False
        metadata = self.root / aux.get_training_set_folder(self.config)
        if (metadata / "metadata.yaml").exists():
            entries = read_config_as_dict(metadata / "metadata.yaml")["shuffles"].values()
            return not any(e["train_fraction"] == fraction and e["index"] == shuffle for e in entries)
        return True

    def ask_model(self, cfg, fraction, shuffle, prefix, engine, about):
        folder = self.folder(engine, fraction, shuffle, prefix)
        train = self.root / folder / "train"
        is_stray = folder in self.stray
        differs = "stray-index" if is_stray and engine is Engine.TF else None
        if folder in self.same_epochs and engine is Engine.PYTORCH:
            differs = "same-epochs"
        about["engine"] = engine.aliases[0]
        self.ask(
            "scorer",
            lambda: aux.get_scorer_name(cfg, shuffle, fraction, modelprefix=prefix),
            differs, **about,
        )  # fmt: skip
        if engine is Engine.TF:
            self.ask("snapshots", lambda: aux.get_snapshots_from_folder(train), differs, **about)
            return
        for index in self.rng.sample([-1, 0, 1, -2, 3, 11, -12, "best", "all"], 3):
            if index != "all":
                self.ask(
                    "scorer",
                    lambda: aux.get_scorer_name(
                        cfg, shuffle, fraction, modelprefix=prefix, snapshot_index=index
                    ),
                    differs, snapshot_index=index, **about,
                )  # fmt: skip
            for task, kind in [(Task.BOTTOM_UP, "snapshots"), (Task.DETECT, "detector_snapshots")]:
                self.ask(
                    kind,
                    lambda: [s.path.name for s in get_model_snapshots(index, train, task)],
                    differs, snapshot_index=index, **about,
                )  # fmt: skip

    def json(self):
        return json.dumps({"files": self.files, "asks": self.asks}, default=str)


def extract(lines, count):
    """Returns some of the lines: those with a rare kind of question, and short ones between."""
    seen = collections.Counter()
    rare, short = [], []
    for line in lines:
        asks = json.loads(line)["asks"]
        kinds = {(ask["kind"], ask.get("error"), ask.get("differs")) for ask in asks}
        if any(seen[kind] < 2 for kind in kinds):
            rare.append(line)
        elif len(asks) > 1 and len(line) < 5000:
            short.append(line)
        seen.update(kinds)
    return rare[:count] + short[:: max(1, len(short) // max(1, count - len(rare)))][: count - len(rare)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--extract", type=int, default=0)
    arguments = parser.parse_args()
    lines, counts = [], collections.Counter()
    for number in range(arguments.cases):
        with tempfile.TemporaryDirectory() as root:
            case = Case(random.Random(f"{arguments.seed}/{number}"), Path(root).resolve())
            case.run()
        lines.append(case.json())
        counts.update(ask.get("differs") for ask in case.asks)
    if arguments.extract:
        lines = extract(lines, arguments.extract)
    with open(arguments.output, "w", encoding="utf-8") as output:
        output.writelines(line + "\n" for line in lines)
    print(f"DeepLabCut {deeplabcut.__version__}: {arguments.cases} projects, {counts.total()} questions")
    for reason in sorted(filter(None, counts)):
        print(f"  may differ on purpose ({reason}), {counts[reason]} times: {REASONS[reason]}")


if __name__ == "__main__":
    sys.exit(main())
