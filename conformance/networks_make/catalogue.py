"""The networks that are compared: their shuffles, and what each of them is made of."""

import os
import pathlib

WORK = pathlib.Path(
    os.environ.get("DLC_NETWORKS")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "dlc/networks"
)
PROJECT = WORK / "project"
CONFIG = PROJECT / "config.yaml"
CLIPS = {"large": WORK / "clips/large.avi", "small": WORK / "clips/small.avi"}
BODYPARTS = 4
# How far a location refinement of 1 reaches, in px.
LOCREF_STD = 7.2801

# net type: shuffle
TENSORFLOW = {
    "resnet_50": 1,
    "resnet_101": 2,
    "resnet_152": 3,
    "mobilenet_v2_1.0": 4,
    "mobilenet_v2_0.75": 5,
    "mobilenet_v2_0.5": 6,
    "mobilenet_v2_0.35": 7,
    "efficientnet-b0": 8,
    "efficientnet-b1": 9,
    "efficientnet-b2": 10,
    "efficientnet-b3": 11,
    "efficientnet-b4": 12,
    "efficientnet-b5": 13,
    "efficientnet-b6": 14,
}
PYTORCH = {
    "resnet_50": 21,
    "resnet_101": 22,
    "hrnet_w18": 23,
    "hrnet_w32": 24,
    "hrnet_w48": 25,
    "cspnext_s": 26,
    "cspnext_m": 27,
    "cspnext_x": 28,
    "rtmpose_s": 31,
    "rtmpose_m": 32,
    "rtmpose_x": 33,
}

# The largest networks, which are made and compared on the small clip alone: DeepLabCut needs minutes a frame.
SMALL_CLIP_ONLY = ["efficientnet-b3", "efficientnet-b4", "efficientnet-b5", "efficientnet-b6", "rtmpose_x"]


def named(name):
    """Returns engine, net type and shuffle of `tensorflow/resnet_50` and its like."""
    engine, net_type = name.split("/")
    return engine, net_type, {"tensorflow": TENSORFLOW, "pytorch": PYTORCH}[engine][net_type]


NAMES = [f"tensorflow/{n}" for n in TENSORFLOW] + [f"pytorch/{n}" for n in PYTORCH]


def clips_of(net_type):
    """Returns the names of the clips on which a network is made and compared."""
    return ["small"] if net_type in SMALL_CLIP_ONLY else list(CLIPS)


def index_folder(name):
    """Returns where all that belongs to one network is written."""
    return WORK / "made" / name.replace("/", "-")
