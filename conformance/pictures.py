"""Runs DeepLabCut's steps after analyze_videos and ours on the same files and compares them.

Called by conformance/pictures, which tells how.
"""

import argparse
import contextlib
import io
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
BUNDLED = ROOT / "examples/data/openfield"
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
        command = [PROGRAMS / program, self.config, self.sides["ours"],
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
    session.run_ours("create_labeled_video", *ours)
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
                session.run_ours("filter_predictions",
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


def main():
    global PROGRAMS
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    PROGRAMS = arguments.programs
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
    "labelled": compare_labeled,
}

if __name__ == "__main__":
    main()
