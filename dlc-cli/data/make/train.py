#!/usr/bin/env python3
"""Make the DeepLabCut project of the synthetic mouse and train its network.

    train.py WORK     WORK is a new folder; the project becomes WORK/openfield

The project, the training set, the evaluation and the network graph are
DeepLabCut's own (see requirements.txt); only the loop that fits the weights is
written here. It starts from random weights, so nothing is downloaded, and it
saves the same variables as DeepLabCut's own training does. Whole sessions are
held out for the test.
"""
import csv
import math
import os
import queue
import sys
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import cv2
import numpy as np
import pandas as pd
import tensorflow as tf

import deeplabcut
from deeplabcut import Engine
from deeplabcut.pose_estimation_tensorflow.config import load_config
from deeplabcut.pose_estimation_tensorflow.nnets.factory import PoseNetFactory
from deeplabcut.utils import auxfun_models, auxiliaryfunctions

import render_openfield as render

TASK, SCORER, DATE = "mouse", "dlc", "Nov22"
NET = "mobilenet_v2_0.35"
SEED = 5
TEST_SESSIONS = 4  # of render.SESSIONS, the last ones
POS_DIST = 10  # pixels around a label that count as the part
LEARNING_RATE = 2e-3
# The network normalises with the statistics of the batch it runs (batch size 1
# when a video is analysed), so the last phase trains on one full frame at a time.
PHASES = [(1700, 8), (1000, 2), (4500, 1)]  # iterations, batch size
SWAP = [0, 2, 1, 3]  # the parts after a mirror
STRIDE = 8


def make_project(root):
    """Render the frames and let DeepLabCut make a training set of them."""
    labelled = root / "labeled-data" / "training"
    render.labels_main(labelled)
    render.clip_main(root / "videos" / "mouse.avi")

    with open(labelled / "labels.csv") as f:
        rows = list(csv.reader(f))[1:]
    (labelled / "labels.csv").unlink()
    columns = pd.MultiIndex.from_product(
        [[SCORER], render.BODYPARTS, ["x", "y"]], names=["scorer", "bodyparts", "coords"]
    )
    index = pd.MultiIndex.from_tuples([("labeled-data", "training", r[0]) for r in rows])
    data = pd.DataFrame(np.array([r[1:] for r in rows], float), index=index, columns=columns)
    data.to_hdf(labelled / f"CollectedData_{SCORER}.h5", key="df_with_missing", mode="w")
    data.to_csv(labelled / f"CollectedData_{SCORER}.csv")

    config, _ = auxiliaryfunctions.create_config_template()
    crop = {"crop": f"0, {render.WIDTH}, 0, {render.HEIGHT}"}
    held_out = TEST_SESSIONS * render.FRAMES_PER_SESSION
    config.update(
        Task=TASK, scorer=SCORER, date=DATE, multianimalproject=False, project_path=str(root),
        engine="tensorflow", video_sets={str(root / "videos" / "training.avi"): crop},
        bodyparts=list(render.BODYPARTS), start=0, stop=1, numframes2pick=20, skeleton=[],
        skeleton_color="black", pcutoff=0.6, dotsize=4, alphavalue=0.7, colormap="rainbow",
        TrainingFraction=[1 - held_out / len(rows)], iteration=0, default_net_type=NET,
        default_augmenter="imgaug", snapshotindex=-1, detector_snapshotindex=-1, batch_size=1,
        detector_batch_size=1, cropping=False, x1=0, x2=render.WIDTH, y1=0, y2=render.HEIGHT,
        corner2move2=[50, 50], move2corner=True,
    )  # fmt: skip
    path = root / "config.yaml"
    auxiliaryfunctions.write_config(str(path), config)

    auxfun_models.check_for_weights = lambda net, parent: "none"  # we train from scratch
    n = len(rows)
    deeplabcut.create_training_dataset(
        str(path), Shuffles=[1], net_type=NET, engine=Engine.TF, userfeedback=False, augmenter_type="imgaug",
        trainIndices=[list(range(n - held_out))], testIndices=[list(range(n - held_out, n))],
    )  # fmt: skip
    config = auxiliaryfunctions.read_config(str(path))
    folder = root / auxiliaryfunctions.get_model_folder(config["TrainingFraction"][0], 1, config)
    for pose_cfg in (folder / "train" / "pose_cfg.yaml", folder / "test" / "pose_cfg.yaml"):
        c = auxiliaryfunctions.read_plainconfig(str(pose_cfg))
        c["global_scale"] = 1.0
        if "pos_dist_thresh" in c:
            c["pos_dist_thresh"] = POS_DIST
        auxiliaryfunctions.write_plainconfig(str(pose_cfg), c)
    images = [cv2.cvtColor(cv2.imread(str(root.joinpath(*i))), cv2.COLOR_BGR2RGB) for i in index]
    points = data.to_numpy().reshape(n, len(render.BODYPARTS), 2)
    return path, folder / "train", images, points, n - held_out


def augment(rng, image, points, size):
    """A turned, scaled, moved, mirrored and relit copy, `size` = (height, width)."""
    height, width = size
    middle = points.mean(0)
    turn = rng.uniform(-180, 180) if rng.random() < 0.7 else 0.0
    scale = rng.uniform(0.85, 1.2) if rng.random() < 0.6 else 1.0
    m = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), turn, scale)
    if size != image.shape[:2]:
        m[:, 2] += (width / 2, height / 2) - middle + rng.uniform(-8, 8, 2)
    elif rng.random() < 0.5:
        m[:, 2] += (rng.uniform(20, width - 20), rng.uniform(20, height - 20)) - middle
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    out = cv2.warpAffine(image, m, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    points = points @ m[:, :2].T + m[:, 2]
    if rng.random() < 0.5:
        out = out[:, ::-1]
        points = (points * (-1, 1) + (width - 1, 0))[SWAP]
    out = out.astype(np.float32)
    if rng.random() < 0.7:
        out = out * rng.uniform(0.75, 1.25, 1 if rng.random() < 0.6 else 3) + rng.uniform(-20, 20)
    if rng.random() < 0.3:
        out = out + rng.normal(0, rng.uniform(1, 7), out.shape)
    if rng.random() < 0.2:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 0.9))
    return np.clip(out, 0, 255).astype(np.float32), points


def targets(points, size, config):
    """Score map, offset map and mask of the offsets, one cell per STRIDE pixels."""
    rows, cols = (2 * math.ceil(v / 16) for v in size)
    y, x = np.mgrid[:rows, :cols] * STRIDE + STRIDE // 2
    offset = points - np.stack([x, y], -1)[:, :, None, :]  # row, column, part, (x, y)
    inside = (points >= 0).all(1) & (points < (size[1], size[0])).all(1)
    near = (np.hypot(offset[..., 0], offset[..., 1]) <= config["pos_dist_thresh"]) & inside
    mask = np.repeat(near, 2, axis=-1)
    offset = (offset / config["locref_stdev"]).reshape(rows, cols, -1) * mask
    return near.astype(np.float32), offset.astype(np.float32), mask.astype(np.float32)


def batches(images, points, config):
    """Every batch of every phase, in order, from one seed."""
    rng = np.random.default_rng(SEED)
    full = images[0].shape[:2]
    for count, batch_size in PHASES:
        for _ in range(count):
            size = full
            if batch_size == 1 and rng.random() < 0.15:  # cut-outs, as dynamic cropping gives
                size = tuple(int(v) for v in rng.integers(96, 200, 2))
            samples = []
            for i in rng.integers(0, len(images), batch_size):
                image, moved = augment(rng, images[i], points[i], size)
                samples.append((image, *targets(moved, size, config)))
            yield [np.stack(s) for s in zip(*samples)]


def train(folder, images, points, count):
    config = load_config(str(folder / "pose_cfg.yaml"))
    tf1 = tf.compat.v1
    tf1.disable_eager_execution()
    tf1.set_random_seed(SEED)
    parts = len(render.BODYPARTS)
    image, score, offset, mask = (tf1.placeholder(tf.float32, [None, None, None, c]) for c in (3, parts, 2 * parts, 2 * parts))
    heads = PoseNetFactory.create(config).get_net(image)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=score, logits=heads["part_pred"])
    loss = tf.reduce_mean(entropy * (1 + 4 * score))
    loss += config["locref_loss_weight"] * tf1.losses.huber_loss(offset, heads["locref"], mask)
    weights = [v for v in tf1.trainable_variables() if "weights" in v.op.name]
    total = loss + 1e-5 * tf.add_n([tf.nn.l2_loss(v) for v in weights])
    saved = tf1.global_variables()  # what DeepLabCut saves: no slots of the optimiser
    rate = tf1.placeholder(tf.float32, [])
    optimiser = tf1.train.AdamOptimizer(rate)
    gradients, variables = zip(*optimiser.compute_gradients(total))
    gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
    with tf.control_dependencies(tf1.get_collection(tf1.GraphKeys.UPDATE_OPS)):
        step = optimiser.apply_gradients(zip(gradients, variables))

    ready = queue.Queue(8)

    def feed():
        for b in batches(images[:count], points[:count], config):
            ready.put(b)

    threading.Thread(target=feed, daemon=True).start()
    iterations = sum(n for n, _ in PHASES)
    start, losses = time.time(), []
    with tf1.Session(config=tf1.ConfigProto(intra_op_parallelism_threads=2, inter_op_parallelism_threads=1)) as session:
        session.run(tf1.global_variables_initializer())

        def errors(indices):
            """Distances and likelihoods on untouched frames, to watch the training."""
            found = []
            for i in indices:
                p, o = session.run([tf_prob, heads["locref"]], {image: images[i][None]})
                p, o = p[0], o[0].reshape(*p.shape[1:], 2) * config["locref_stdev"]
                for k in range(parts):
                    r, c = np.unravel_index(p[..., k].argmax(), p.shape[:2])
                    xy = np.array([c, r]) * STRIDE + STRIDE / 2 + o[r, c, k]
                    found.append((np.hypot(*(xy - points[i, k])), p[r, c, k]))
            return np.mean(found, 0)

        tf_prob = tf.sigmoid(heads["part_pred"])
        for it in range(1, iterations + 1):
            b = ready.get()
            now = LEARNING_RATE * min(1, it / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * it / iterations)))
            if len(b[0]) == 1:
                now *= 0.7
            feed_dict = {image: b[0], score: b[1], offset: b[2], mask: b[3], rate: now}
            losses.append(session.run([loss, step], feed_dict)[0])
            if it % 300 == 0 or it == iterations:
                d, p = errors(range(0, count, 9))  # training frames only: the test stays unseen
                print(f"{it}/{iterations} {time.time() - start:.0f} s, loss {np.mean(losses[-200:]):.5f}, training frames: {d:.2f} px, likelihood {p:.3f}", flush=True)  # fmt: skip
        tf1.train.Saver(saved).save(session, str(folder / "snapshot"), global_step=iterations)
    tf1.reset_default_graph()


def main():
    work = Path(sys.argv[1]).absolute()
    root = work / "openfield"
    if root.exists():
        sys.exit(f"{root} exists")
    path, folder, images, points, count = make_project(root)
    train(folder, images, points, count)
    deeplabcut.evaluate_network(str(path), Shuffles=[1], plotting=False)
    for result in root.glob("evaluation-results/**/*-results.csv"):
        print(result.read_text())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
