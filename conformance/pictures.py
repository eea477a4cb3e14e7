"""Runs DeepLabCut's steps after analyze_videos and ours on the same files and compares them.

Called by conformance/pictures, which tells how.
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
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import pandas as pd
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "dlc-cli/data/openfield"
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))

# name: (project, video, shuffle, folder with DeepLabCut's analysis, skeleton)
SESSIONS = {
    "bundled": (BUNDLED, BUNDLED / "videos/mouse.avi", 1, BUNDLED / "expected/b1"),
}
if REFERENCE.is_dir():
    CLIP = REFERENCE / "openfield/videos/clip120.mp4"
    RUNS = REFERENCE / "deeplabcut"
    SESSIONS |= {
        "openfield": (REFERENCE / "openfield", CLIP, 1, RUNS / "demo_clip/b1"),
        "openfield cropped": (REFERENCE / "openfield", CLIP, 1, RUNS / "demo_clip/b1_cropped"),
        "cspnext_s": (REFERENCE / "openfield_torch", CLIP, 14, RUNS / "cspnext_s_b1"),
        "cspnext_s cropped":
            (REFERENCE / "openfield_torch", CLIP, 14, RUNS / "cspnext_s_b1_cropped"),
    }
else:
    print(f"no reference folder at {REFERENCE}: its cases are skipped")


class Session:
    """A copy of a project with the results of one video beside it, and what config.yaml says."""

    def __init__(self, folder, project, video, shuffle, results, **config):
        self.project = folder / "project"
        shutil.copytree(project, self.project, ignore=shutil.ignore_patterns(
            "labeled-data", "*.mp4", "*.avi", "analysis_b1"))
        self.config = self.project / "config.yaml"
        settings = yaml.safe_load(self.config.read_text())
        settings |= {"project_path": str(self.project)} | config
        self.config.write_text(yaml.safe_dump(settings))
        self.settings = settings
        self.shuffle = shuffle
        self.sides = {}
        for side in ("theirs", "ours"):
            out = folder / side
            out.mkdir()
            for path in results.iterdir():
                if not path.name.startswith("frame"):
                    shutil.copy(path, out)
            shutil.copy(video, out)
            self.sides[side] = out / video.name

    def poses(self, side="theirs", ending=".h5"):
        files = sorted(self.sides[side].parent.glob(f"*shuffle*{ending}"))
        files = [f for f in files if ending != ".h5" or "filtered" not in f.name
                 and "skeleton" not in f.name]
        return files[0]

    def run_ours(self, program, *arguments, check=True):
        command = [PROGRAM, *program.split(), self.config, self.sides["ours"],
                   "--shuffle", str(self.shuffle), *map(str, arguments)]
        return subprocess.run(command, check=check, capture_output=True, text=True)

    def run_theirs(self, function, **arguments):
        import deeplabcut

        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return getattr(deeplabcut, function)(
                str(self.config), [str(self.sides["theirs"])], shuffle=self.shuffle, **arguments)


def skeleton(project):
    parts = yaml.safe_load((project / "config.yaml").read_text())["bodyparts"]
    return [[parts[0], part] for part in parts[1:]]


def labeled_frames(session, out, **arguments):
    """Returns the frames that DeepLabCut passes to its codec, and ours."""
    import cv2
    from deeplabcut.utils.video_processor import VideoProcessorCV

    theirs, save_frame = [], VideoProcessorCV.save_frame

    def kept(self, frame):
        theirs.append(frame.copy())
        save_frame(self, frame)

    VideoProcessorCV.save_frame = kept
    start_method = sys.modules["deeplabcut"].utils.make_labeled_video.get_start_method
    sys.modules["deeplabcut"].utils.make_labeled_video.get_start_method = lambda: "spawn"
    try:
        session.run_theirs("create_labeled_video", **arguments)
    finally:
        VideoProcessorCV.save_frame = save_frame
        sys.modules["deeplabcut"].utils.make_labeled_video.get_start_method = start_method
    ours = ["--save-frames", out]
    for name, value in arguments.items():
        if name == "displayedbodyparts":
            ours += ["--bodyparts", ",".join(value)]
        elif value is True:
            ours.append("--" + name.replace("_", "-"))
        elif value is not False:
            ours += ["--" + name.replace("_", "-"), value]
    session.run_ours("label", *ours)
    frames = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
              for path in sorted(out.glob("file*.png"))]
    videos = {side: sorted(path.name for path in session.sides[side].parent.glob("*_labeled.mp4"))
              for side in session.sides}
    if videos["theirs"] != videos["ours"] or not videos["ours"]:
        raise AssertionError(f"names of videos differ: {videos}")
    return theirs, frames


LABELED = {
    "dots": {},
    "skeleton and trail": {"draw_skeleton": True, "trailpoints": 8},
    "low pcutoff": {"pcutoff": 0.01, "draw_skeleton": True},
    "two body parts": {"displayedbodyparts": ["snout", "tailbase"], "trailpoints": 3},
    "cropped display": {"displaycropped": True, "trailpoints": 2},
}
CONFIGS = {
    "rainbow": {"colormap": "rainbow", "dotsize": 12, "skeleton_color": "black"},
    "viridis": {"colormap": "viridis", "dotsize": 5, "skeleton_color": "tab:orange"},
    "tab10": {"colormap": "tab10", "dotsize": 1, "skeleton_color": "#12ab9f"},
}


def compare_labeled(report):
    colors = iter(list(CONFIGS.items()) * 20)
    for name, (project, video, shuffle, results) in SESSIONS.items():
        for what, arguments in LABELED.items():
            style, config = next(colors)
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                session = Session(folder, project, video, shuffle, results,
                                  skeleton=skeleton(project), **config)
                if "displayedbodyparts" in arguments:
                    parts = session.settings["bodyparts"]
                    arguments = arguments | {"displayedbodyparts": [parts[0], parts[-1]]}
                theirs, ours = labeled_frames(session, folder / "frames", **arguments)
                equal = len(theirs) == len(ours) > 0
                worst = 0
                for a, b in zip(theirs, ours):
                    equal &= a.shape == b.shape
                    if a.shape == b.shape:
                        worst = max(worst, int((a != b).any(axis=-1).sum()))
                report(f"labelled frames, {name}: {what} ({style})",
                       f"{len(ours)} of {len(theirs)} frames of {ours[0].shape[1]} x "
                       f"{ours[0].shape[0]} px, pixels that differ: {worst}",
                       equal and worst == 0)


def with_gaps(path, seed):
    """Takes coordinates out of an .h5 as DeepLabCut's own tracks have gaps."""
    df = pd.read_hdf(path)
    rng = np.random.default_rng(seed)
    parts = df.columns.get_level_values("bodyparts").unique()
    for part in parts:
        columns = df.columns.get_level_values("bodyparts") == part
        xy = columns & df.columns.get_level_values("coords").isin(("x", "y"))
        start = 0
        while start < len(df) - 20:
            start += int(rng.integers(4, 15))
            length = int(rng.integers(1, 9))
            df.iloc[start:start + length, np.flatnonzero(xy)] = np.nan
            start += length
    df.iloc[0, 0:2] = np.nan
    df.to_hdf(path, key="df_with_missing", format="table", mode="w")


FILTERS = {
    "median 5": ({"filtertype": "median", "windowlength": 5}, False, 0.0),
    "median 11": ({"filtertype": "median", "windowlength": 11}, False, 0.0),
    "spline 5": ({"filtertype": "spline", "windowlength": 5}, True, 1e-9),
    "spline, all gaps": ({"filtertype": "spline", "windowlength": 0}, True, 1e-9),
}


def compare_filters(report):
    for name, (project, video, shuffle, results) in SESSIONS.items():
        for what, (arguments, gaps, tolerance) in FILTERS.items():
            with tempfile.TemporaryDirectory() as folder:
                session = Session(pathlib.Path(folder), project, video, shuffle, results)
                if gaps:
                    for side in session.sides:
                        with_gaps(session.poses(side), 7)
                session.run_theirs("filterpredictions", **arguments)
                session.run_ours("filter",
                                 *(f"--{key}={value}" for key, value in arguments.items()))
                theirs, ours = (session.poses(side, "_filtered.h5") for side in session.sides)
                a, b = pd.read_hdf(theirs), pd.read_hdf(ours)
                same = (theirs.name == ours.name and a.columns.equals(b.columns)
                        and a.index.equals(b.index) and (a.dtypes == b.dtypes).all()
                        and (np.isnan(a.values) == np.isnan(b.values)).all())
                worst = float(np.nanmax(np.abs(a.values - b.values)))
                # A float of 32 bits rounds at about 1e-7 of its size.
                allowed = tolerance if a.dtypes.iloc[0] == np.float64 or not tolerance else 1e-4
                csv = theirs.with_suffix(".csv").read_bytes() == ours.with_suffix(".csv").read_bytes()
                filled = "" if not gaps else (
                    f", filled {int((b.xs('likelihood', level='coords', axis=1).values == np.float32(0.01)).sum() if a.dtypes.iloc[0] == np.float32 else (b.xs('likelihood', level='coords', axis=1).values == 0.01).sum())}")
                report(f"filterpredictions, {name}: {what}",
                       f"{len(b)} frames{filled}, largest difference {worst:.3g} px, "
                       f"csv {'equal' if csv else 'differs'}",
                       same and worst <= allowed and (csv or tolerance > 0))


def compare_skeletons(report):
    for name, (project, video, shuffle, results) in SESSIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            session = Session(pathlib.Path(folder), project, video, shuffle, results,
                              skeleton=skeleton(project))
            session.run_theirs("analyzeskeleton", save_as_csv=True)
            session.run_ours("skeleton")
            theirs, ours = (session.poses(side, "_skeleton.h5") for side in session.sides)
            a, b = pd.read_hdf(theirs), pd.read_hdf(ours)
            csv = [pd.read_csv(path.with_suffix(".csv"), header=[0, 1], index_col=0)
                   for path in (theirs, ours)]
            same = (theirs.name == ours.name and a.columns.equals(b.columns)
                    and a.columns.names == b.columns.names and a.index.equals(b.index)
                    and list(csv[0].columns) == list(csv[1].columns))
            worst = float(np.abs(a.values - b.values).max())
            # DeepLabCut measures the float32 of its PyTorch engine in float32.
            allowed = 1e-9 if set(a.dtypes) == {np.dtype(float)} else 2e-3
            plots = {side: sorted(path.name for path in
                                  session.sides[side].parent.glob("plot-poses/*/*"))
                     for side in session.sides}
            report(f"analyzeskeleton, {name}",
                   f"{a.shape[1] // 3} bones in {len(b)} frames, largest difference {worst:.3g} "
                   f"(px, degrees)", same and worst <= allowed and len(plots["ours"]) == 4)


def compare_histograms(report):
    """Counts of the histograms where nothing is masked, and names of the files."""
    import matplotlib.axes

    for name, (project, video, shuffle, results) in SESSIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            session = Session(pathlib.Path(folder), project, video, shuffle, results, pcutoff=0.0)
            counted, hist = [], matplotlib.axes.Axes.hist

            def counting(self, *args, **kwargs):
                found = hist(self, *args, **kwargs)
                counted.append(found[0])
                return found

            matplotlib.axes.Axes.hist = counting
            try:
                session.run_theirs("plot_trajectories", imagetype=".svg")
            finally:
                matplotlib.axes.Axes.hist = hist
            session.run_ours("plot", "--imagetype", "svg")
            names = [sorted(path.relative_to(session.sides[side].parent) for path in
                            session.sides[side].parent.glob("plot-poses/*/*"))
                     for side in session.sides]
            ours = histogram_of(next(session.sides["ours"].parent.glob("plot-poses/*/hist.svg")))
            counts = np.array([c for c in counted])
            most = counts.max()
            # The heights of ours are px of the picture: the highest bin tells their scale.
            found = np.rint(ours / ours.max() * most)
            differ = int((found != counts).sum()) if found.shape == counts.shape else -1
            report(f"plot_trajectories, {name}",
                   f"{len(names[1])} files of the same names, {counts.shape[0]} histograms of "
                   f"{int(counts.sum())} movements, bins that differ: {differ}",
                   names[0] == names[1] and differ == 0)


def histogram_of(path):
    """Reads the heights of the stairs in a histogram of ours, in px."""
    import re

    rows = []
    for d in re.findall(r'stroke-opacity="0[^>]* d="([^"]*)"', path.read_text()):
        points = [tuple(map(float, p.split())) for p in re.findall(r"[ML]([^ML]*)", d)]
        base = points[0][1]
        rows.append([base - y for _, y in points[1:-1:2]])
    return np.array(rows)


def evaluate_ours(config, shuffle):
    out = subprocess.run([PROGRAM, "evaluate", config, "--shuffle", str(shuffle),
                          "--device", "cpu", "--json"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def compare_evaluations(report):
    if not REFERENCE.is_dir():
        return
    import deeplabcut
    from deeplabcut.core.metrics import compute_metrics

    for engine, name, shuffle in [("tensorflow", "openfield", 1), ("pytorch", "cspnext_s", 14)]:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            sides = {}
            for side in ("theirs", "ours"):
                sides[side] = copy_with_labels(folder / side, engine)
            config = str(sides["theirs"] / "config.yaml")
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                deeplabcut.evaluate_network(config, Shuffles=[shuffle])
            found = evaluate_ours(sides["ours"] / "config.yaml", shuffle)
            files = [sorted(path.relative_to(project) for path in project.glob("evaluation-results*/**/*")
                            if path.is_file()) for project in sides.values()]
            tables = [[(project / path).read_text() for path in files[0] if path.suffix == ".csv"]
                      for project in sides.values()]
            h5 = next(path for path in files[0] if path.suffix == ".h5")
            a, b = (pd.read_hdf(project / h5) for project in sides.values())
            worst = float(np.abs(a.values - b.values).max())
            same = (files[0] == files[1] and a.columns.equals(b.columns) and a.index.equals(b.index)
                    and a.index.names == b.index.names and (a.dtypes == b.dtypes).all())
            report(f"evaluate_network, {name}",
                   f"{len(b)} pictures, {len(files[1])} files of the same names, tables "
                   f"{'equal' if tables[0] == tables[1] else 'differ'}, largest difference of "
                   f"predictions {worst:.3g} px; train {found['train']['rmse']:.4f} px, test "
                   f"{found['test']['rmse']:.4f} px",
                   same and tables[0] == tables[1] and worst < 0.02)
            labels = pd.read_hdf(next((sides["ours"] / "training-datasets").rglob("CollectedData*.h5")))
            split = pickle.loads(next((sides["ours"] / "training-datasets").rglob(
                f"Documentation_data-*shuffle{shuffle}.pickle")).read_bytes())
            worst = 0.0
            for which, rows in (("train", split[1]), ("test", split[2])):
                truth = labels.values.reshape(len(labels), -1, 2)
                truth = np.dstack([truth, np.where(np.isnan(truth[..., 0]), 0, 2)])
                pred = b.values.astype(float).reshape(len(b), 1, -1, 3)
                theirs = compute_metrics({str(i): truth[i][None] for i in rows},
                                         {str(i): pred[i] for i in rows}, single_animal=True,
                                         pcutoff=found["pcutoff"])
                for ours, key in [("rmse", "rmse"), ("rmse_pcutoff", "rmse_pcutoff"),
                                  ("mean_average_precision", "mAP"), ("mean_average_recall", "mAR")]:
                    mine = found[which][ours]
                    if mine is None and np.isnan(theirs[key]):
                        continue
                    worst = max(worst, abs(mine - theirs[key]))
            report(f"compute_metrics, {name}",
                   f"rmse, rmse_pcutoff, mAP {found['test']['mean_average_precision']:.4f}, mAR "
                   f"{found['test']['mean_average_recall']:.4f}: largest difference {worst:.3g}",
                   worst < 1e-9)


def copy_with_labels(folder, engine):
    """Copies a project of the reference folder with labelled pictures and a split."""
    tensorflow = REFERENCE / "openfield"
    ignore = shutil.ignore_patterns("evaluation-results*", "*.mp4", "analysis_b1")
    if engine == "tensorflow":
        shutil.copytree(tensorflow, folder, ignore=ignore)
        set_project_path(folder)
        return folder
    import deeplabcut
    from deeplabcut.core.engine import Engine

    models = folder.parent / f"{folder.name}-models"
    shutil.copytree(REFERENCE / "openfield_torch", folder)
    shutil.copytree(tensorflow / "labeled-data", folder / "labeled-data")
    shutil.move(folder / "dlc-models-pytorch", models)
    shutil.rmtree(folder / "training-datasets")
    set_project_path(folder)
    test = list(range(3, 116, 20))
    train = [i for i in range(116) if i not in test]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        deeplabcut.create_training_dataset(
            str(folder / "config.yaml"), Shuffles=[14], trainIndices=[train], testIndices=[test],
            net_type="cspnext_s", engine=Engine.PYTORCH, userfeedback=False)
    shutil.copytree(models, folder / "dlc-models-pytorch", dirs_exist_ok=True)
    return folder


def set_project_path(folder):
    config = folder / "config.yaml"
    settings = yaml.safe_load(config.read_text()) | {"project_path": str(folder)}
    config.write_text(yaml.safe_dump(settings))


def main():
    global PROGRAM
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    PROGRAM = arguments.program
    import deeplabcut  # noqa: F401

    count, failed = 0, []

    def report(case, found, good):
        nonlocal count
        count += 1
        print(f"{'ok  ' if good else 'FAIL'} {case}: {found}", flush=True)
        if not good:
            failed.append(case)

    for name, compare in COMPARISONS.items():
        if arguments.only in name:
            compare(report)
    print(f"{count} cases, {len(failed)} differ" + "".join(f"\n  {case}" for case in failed))
    sys.exit(bool(failed) or count == 0)


COMPARISONS = {
    "filters": compare_filters,
    "skeletons": compare_skeletons,
    "evaluations": compare_evaluations,
    "histograms": compare_histograms,
    "labelled": compare_labeled,
}

if __name__ == "__main__":
    main()
