"""Reads pairs of files, theirs and ours, with DeepLabCut's or movement's own readers.

    python files_readers.py deeplabcut|movement FOLDER

FOLDER/theirs and FOLDER/ours hold files of the same names. Prints how many were equal; fails on
one that is not.
"""

import sys
from pathlib import Path


def with_deeplabcut(path):
    """Returns what `load_analyzed_data` finds for a video, and its metadata."""
    from deeplabcut.utils import auxiliaryfunctions as auxiliary

    stem, scorer = path.stem.split("DLC", 1)
    scorer = "DLC" + scorer.removesuffix("_filtered")
    filtered = path.stem.endswith("_filtered")
    frame, found, _, _ = auxiliary.load_analyzed_data(path.parent, stem, scorer, filtered)
    assert Path(found) == path, (found, path)
    metadata = auxiliary.load_video_metadata(path.parent, stem, scorer)["data"]
    return frame, metadata


def same_in_deeplabcut(ours, theirs):
    import pandas as pd

    (a, ours_meta), (b, theirs_meta) = with_deeplabcut(ours), with_deeplabcut(theirs)
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert ours_meta.pop("Start Timestamp") == "2020-10-13T11:02:00+02:00"
    assert "Start Timestamp" not in theirs_meta
    assert repr(ours_meta) == repr(theirs_meta)


def same_in_movement(ours, theirs):
    from movement.io import load_poses

    a, b = (load_poses.from_dlc_file(path, fps=30) for path in (ours, theirs))
    assert a.equals(b), (a, b)  # names, positions and confidence; NaN equals NaN


def main():
    reader, folder = sys.argv[1], Path(sys.argv[2])
    same = {"deeplabcut": same_in_deeplabcut, "movement": same_in_movement}[reader]
    endings = {"deeplabcut": [".h5"], "movement": [".h5", ".csv"]}[reader]
    count = 0
    for theirs in sorted((folder / "theirs").iterdir()):
        if theirs.suffix in endings:
            same(folder / "ours" / theirs.name, theirs)
            count += 1
    assert count, "no files"
    print(f"files: {count} pairs equal to the readers of {reader}")


if __name__ == "__main__":
    main()
