"""Saves the tensors of each stage of a network of the TensorFlow engine, for one frame."""

import json
import re

import numpy as np
import tensorflow as tf

import deeplabcut.pose_estimation_tensorflow.backbones.efficientnet_builder as efficientnet
from deeplabcut.pose_estimation_tensorflow.config import load_config
from deeplabcut.pose_estimation_tensorflow.core import predict

from catalogue import CLIPS, WORK, named
from frames import read_clip
from make_tensorflow import SNAPSHOT, model_folder

# Which tensors of the graph are kept, in the order of the graph.
STAGES = {
    "resnet": r"resnet_v1_\d+/(conv1/Relu|pool1/MaxPool|block\d/unit_\d+/bottleneck_v1/Relu)$",
    "mobilenet": r"MobilenetV2/(Conv/Relu6|expanded_conv(_\d+)?/output|Conv_1/Relu6)$",
}


def raw(name):
    """Returns what was saved (tensor: file and shape), and no margins, which the fit has told."""
    _, net_type, shuffle = named(name)
    folder = model_folder(shuffle)
    config = load_config(str(folder / "test/pose_cfg.yaml"))
    config |= {"batch_size": 1, "num_outputs": 1, "init_weights": str(folder / f"train/snapshot-{SNAPSHOT}")}
    endpoints = {}
    build = efficientnet.build_model_base

    def recorded(*positional, **keywords):
        features, found = build(*positional, **keywords)
        endpoints.update({k: v for k, v in found.items() if re.fullmatch(r"stem|block_\d+", k)})
        return features, found

    efficientnet.build_model_base = recorded
    try:
        session, inputs, outputs, extra = predict.setup_pose_prediction(config, collect_extra=True)
    finally:
        efficientnet.build_model_base = build
    graph = tf.compat.v1.get_default_graph()
    wanted = {}
    for family, pattern in STAGES.items():
        if family in net_type:
            names = [o.name for o in graph.get_operations() if re.fullmatch(pattern, o.name)]
            wanted |= {n.split("/", 1)[1].removesuffix("/output").removesuffix("/bottleneck_v1/Relu"): n + ":0" for n in names}
    wanted |= endpoints
    assert len(wanted) > 9, wanted
    wanted |= {
        "features": extra["features"], "part_pred": "pose/part_pred/block4/BiasAdd:0",
        "locref_pred": "pose/locref_pred/block4/BiasAdd:0", "part_prob": outputs[0],
    }
    saved = {}
    target = WORK / "raw" / name.replace("/", "-")
    target.mkdir(parents=True, exist_ok=True)

    def save(key, values):
        key = key.replace("/", "_")
        path = target / f"{key}.npy"
        np.save(path, values)
        saved[key] = {"file": str(path), "shape": list(values.shape), "layout": "NHWC"}

    clips = {clip: read_clip(path) for clip, path in CLIPS.items()}
    frame = clips["small"][0]
    save("input_rgb_u8", frame)
    for key, values in session.run(wanted, {inputs: frame[None].astype(float)}).items():
        save(key, values)
    large = session.run({k: wanted[k] for k in ("part_pred", "locref_pred")}, {inputs: clips["large"][0][None].astype(float)})
    for key, values in large.items():
        save(f"large_{key}", values)
    save("large_input_rgb_u8", clips["large"][0])
    session.close()
    (target / "index.json").write_text(json.dumps(saved, indent=1))
    return saved, {}
