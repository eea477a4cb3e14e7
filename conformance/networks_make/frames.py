"""The frames of the clips as DeepLabCut's readers give them, and where the body parts are."""

import json

import cv2
import numpy as np

from catalogue import CLIPS, WORK


def read_clip(path):
    """Returns the frames as RGB."""
    capture, frames = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        frames.append(np.ascontiguousarray(read[1][..., ::-1]))
    assert frames, f"no frames in {path}"
    return frames


def read_clips():
    points = json.loads((WORK / "points.json").read_text())
    return {name: read_clip(path) for name, path in CLIPS.items()}, points
