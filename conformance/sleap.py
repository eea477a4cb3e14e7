"""Opens our SLEAP analysis files with movement and compares them with what they were made of.

Called by conformance/sleap, which tells how.
"""

import importlib.metadata
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from movement.io import load_poses

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))
CASES = list((ROOT / "dlc-cli/data/openfield/expected/b1").glob("*.h5"))
if REFERENCE.is_dir():
    for run in ("demo_clip/b1", "cspnext_s_b1"):
        CASES += (REFERENCE / "deeplabcut" / run).glob("*.h5")
    CASES += (REFERENCE / "openfield/analysis_b1").glob("*.h5")
else:
    print(f"no reference folder at {REFERENCE}: its cases are skipped")


def main():
    logging.disable()
    print(f"movement {importlib.metadata.version('movement')}")
    good = 0
    for predictions in CASES:
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "poses.analysis.h5"
            subprocess.run([sys.argv[1], "export", "sleap", predictions, "clip.mp4", "--to", out], check=True,
                           capture_output=True)
            ours = load_poses.from_sleap_file(out, fps=30)
            theirs = load_poses.from_dlc_file(predictions, fps=30)
            same = (list(ours.keypoint.values) == list(theirs.keypoint.values)
                    and ours.position.shape == theirs.position.shape
                    and (np.isnan(ours.position.values) == np.isnan(theirs.position.values)).all())
            worst = max(float(np.nanmax(np.abs(ours[name].values - theirs[name].values)))
                        for name in ("position", "confidence"))
            good += same and worst == 0
            print(f"{'ok  ' if same and worst == 0 else 'FAIL'} {predictions.name}: "
                  f"{ours.sizes['keypoint']} body parts in {ours.sizes['time']} frames, "
                  f"largest difference {worst:.3g}")
    print(f"{len(CASES)} files, {len(CASES) - good} differ")
    sys.exit(good != len(CASES) or not CASES)


if __name__ == "__main__":
    main()
