#!/usr/bin/env python3
"""Copy the trained project here, and let DeepLabCut write what it makes of the clip.

    publish.py WORK NEUTRAL

WORK is the folder given to train.py. The files that inference needs are copied
to ../openfield, with no path of this machine in them. Then DeepLabCut runs on a
copy of exactly those files in the folder NEUTRAL (its path ends up in the
pickles, so choose one that says nothing, such as /data/openfield), and its
output goes to ../openfield/expected.
"""
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import cv2
import numpy as np
import pandas as pd
import tensorflow as tf

import deeplabcut
from deeplabcut.pose_estimation_tensorflow.config import load_config
from deeplabcut.pose_estimation_tensorflow.core import predict
from deeplabcut.utils import auxiliaryfunctions

import render_openfield as render

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "openfield"
BATCH_SIZES = (1, 7)


def copy_project(source):
    shutil.rmtree(PROJECT, ignore_errors=True)
    model = next(source.glob("dlc-models/iteration-0/*"))
    snapshot = sorted(model.glob("train/snapshot-*.index"), key=lambda p: int(p.stem.split("-")[1]))[-1].stem
    wanted = [source / "config.yaml", source / "videos" / "mouse.avi"]
    wanted += [model / "train" / "pose_cfg.yaml", model / "test" / "pose_cfg.yaml"]
    wanted += sorted(model.glob(f"train/{snapshot}.index")) + sorted(model.glob(f"train/{snapshot}.data-*"))
    wanted += sorted(source.glob("training-datasets/iteration-0/*/metadata.yaml"))
    for path in wanted:
        target = PROJECT / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    config = auxiliaryfunctions.read_config(str(source / "config.yaml"))
    config["project_path"] = "openfield"
    config["video_sets"] = {"videos/mouse.avi": {"crop": f"0, {render.WIDTH}, 0, {render.HEIGHT}"}}
    auxiliaryfunctions.write_config(str(PROJECT / "config.yaml"), config)
    model = PROJECT / model.relative_to(source)
    for which in ("train", "test"):
        path = str(model / which / "pose_cfg.yaml")
        c = auxiliaryfunctions.read_plainconfig(path)
        c["init_weights"] = "none"
        if "project_path" in c:
            c["project_path"] = "openfield"
        auxiliaryfunctions.write_plainconfig(path, c)
    return model.relative_to(PROJECT), snapshot


def write_expected(neutral, model, snapshot):
    shutil.rmtree(neutral, ignore_errors=True)
    shutil.copytree(PROJECT, neutral)
    expected = PROJECT / "expected"
    clip = neutral / "videos" / "mouse.avi"
    for size in BATCH_SIZES:
        out = neutral / "expected" / f"b{size}"
        out.mkdir(parents=True)
        scorer = deeplabcut.analyze_videos(
            str(neutral / "config.yaml"), [str(clip)], shuffle=1, destfolder=str(out), save_as_csv=True,
            use_openvino=False, batch_size=size,
        )  # fmt: skip
        print("scorer", scorer)

    raw = neutral / "expected" / "raw"
    raw.mkdir()
    config = load_config(str(neutral / model / "test" / "pose_cfg.yaml"))
    config.update(init_weights=str(neutral / model / "train" / snapshot), num_outputs=1, batch_size=1)
    frame = cv2.VideoCapture(str(clip)).read()[1]
    cv2.imwrite(str(raw / "frame000.png"), frame)
    rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    tf.compat.v1.reset_default_graph()
    session, inputs, outputs = predict.setup_pose_prediction(config)
    part_prob, locref = session.run(outputs[:2], {inputs: rgb[None].astype(float)})
    np.save(raw / "frame000_part_prob.npy", part_prob)
    np.save(raw / "frame000_locref.npy", locref)
    np.save(raw / "frame000_pose.npy", predict.getpose(rgb, config, session, inputs, outputs))
    session.close()
    shutil.copytree(neutral / "expected", expected)


def write_truth():
    """The clip's exact labels, and how far DeepLabCut's output is from them."""
    rows = [labels.ravel() for _, labels in render.frames(render.CLIP_SEED, render.CLIP_FRAMES)]
    render.write_labels(PROJECT / "expected" / "truth.csv", [(i, np.array(r)) for i, r in enumerate(rows)])
    truth = np.array(rows).reshape(len(rows), -1, 2)
    for path in sorted(PROJECT.glob("expected/b*/*.h5")):
        found = pd.read_hdf(path).to_numpy().reshape(*truth.shape[:2], 3)
        error = np.hypot(*np.moveaxis(found[..., :2] - truth, -1, 0))
        print(
            f"{path.parent.name}: {len(found)} frames, likelihood mean {found[..., 2].mean():.4f}"
            f" min {found[..., 2].min():.4f}, error mean {error.mean():.3f} max {error.max():.3f} px"
        )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model, snapshot = copy_project(Path(sys.argv[1]).absolute() / "openfield")
    write_expected(Path(sys.argv[2]).absolute(), model, snapshot)
    write_truth()
