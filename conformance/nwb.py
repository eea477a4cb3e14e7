"""Opens our NWB files with pynwb and compares them with what they were made of.

Called by conformance/nwb, which tells how.
"""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import tempfile

import ndx_pose  # noqa: F401: registers the types
import numpy as np
import pandas as pd
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO, validate

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "dlc-cli/data/openfield"
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))
START = "2020-10-13T11:02:00+02:00"

CASES = [(next((BUNDLED / "expected/b1").glob("*.h5")), BUNDLED / "videos/mouse.avi")]
if REFERENCE.is_dir():
    clip = REFERENCE / "openfield/videos/clip120.mp4"
    for run in ("demo_clip/b1", "cspnext_s_b1"):
        CASES.append((next((REFERENCE / "deeplabcut" / run).glob("*.h5")), clip))
    whole = REFERENCE / "openfield"
    CASES.append((next((whole / "analysis_b1").glob("*.h5")), whole / "videos/m3v1mp4.mp4"))
else:
    print(f"no reference folder at {REFERENCE}: its cases are skipped")


def compare(program, predictions, video, folder):
    out = folder / "poses.nwb"
    subprocess.run([program, "export", "nwb", predictions, video, "--to", out, "--start", START, "--subject", "m7", "Mus musculus", "U",
                    "P90D", "--experimenter", "Doe, Jane"], check=True, capture_output=True)
    df = pd.read_hdf(predictions)
    scorer = df.columns.get_level_values(0)[0]
    parts = list(df.columns.get_level_values("bodyparts").unique())
    worst = 0.0
    with NWBHDF5IO(str(out), "r") as io:
        nwb = io.read()
        poses = nwb.processing["behavior"]["PoseEstimation"]
        skeleton = nwb.processing["behavior"]["Skeletons"]["skeleton"]
        good = (nwb.session_start_time.isoformat() == START and poses.scorer == scorer
                and sorted(poses.pose_estimation_series) == sorted(parts)
                and list(skeleton.nodes[:]) == parts and nwb.subject.subject_id == "m7")
        linked = poses.skeleton is not None and list(poses.skeleton.nodes[:]) == parts
        for part in parts:
            series = poses.pose_estimation_series[part]
            for found, columns in ((series.data[:], ["x", "y"]), (series.confidence[:], "likelihood")):
                expected = df[scorer][part][columns].values.astype(float)
                good &= found.shape == expected.shape
                worst = max(worst, float(np.nanmax(np.abs(found - expected))))
            good &= series.unit == "pixels" and series.rate > 0 and len(series.data) == len(df)
    problems = [str(error) for error in validate(path=str(out))]
    messages = list(inspect_nwbfile(nwbfile_path=str(out)))
    severe = [m for m in messages if m.importance.value > Importance.BEST_PRACTICE_SUGGESTION.value]
    other = sorted({m.check_function_name for m in messages if m not in severe})
    good &= worst == 0.0 and not problems and not severe
    print(f"{'ok  ' if good else 'FAIL'} {predictions.name}: {len(parts)} body parts in {len(df)} "
          f"frames, largest difference {worst:.3g}, skeleton {'linked' if linked else 'not linked'}, "
          f"{len(problems)} errors of validation, {len(severe)} problems and {len(other)} suggestions "
          f"of the inspector")
    for line in problems + [f"{m.importance.name}: {m.check_function_name}: {m.message}" for m in severe]:
        print(f"       {line}")
    for name in other:
        print(f"       suggestion: {name}")
    return good


def main():
    program = sys.argv[1]
    versions = [f"{name} {importlib.metadata.version(name)}"
                for name in ("pynwb", "ndx-pose", "nwbinspector")]
    print(", ".join(versions))
    results = []
    for predictions, video in CASES:
        with tempfile.TemporaryDirectory() as folder:
            results.append(compare(program, predictions, video, pathlib.Path(folder)))
    print(f"{len(results)} files, {results.count(False)} differ")
    sys.exit(not all(results) or not results)


if __name__ == "__main__":
    main()
