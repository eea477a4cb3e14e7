"""Gives one network of the TensorFlow engine weights, as DeepLabCut would have saved them."""

import numpy as np
import tensorflow as tf
import tf_slim as slim

import deeplabcut  # noqa: F401 (patches tensorflow)
import deeplabcut.pose_estimation_tensorflow.backbones.efficientnet_builder as efficientnet
from deeplabcut.pose_estimation_tensorflow.config import load_config
from deeplabcut.pose_estimation_tensorflow.nnets.factory import PoseNetFactory
from deeplabcut.pose_estimation_tensorflow.nnets.mobilenet import networks as mobilenets
from tf_slim.nets import resnet_v1

import heads
from catalogue import BODYPARTS, PROJECT, TENSORFLOW, clips_of
from frames import read_clips

v1 = tf.compat.v1
SNAPSHOT = 1


def model_folder(shuffle):
    return next((PROJECT / "dlc-models/iteration-0").glob(f"*shuffle{shuffle}"))


def load(session, values):
    """Gives variables values (pairs), all in one run: each run of its own plans the graph anew."""
    session.run([v.initializer for v, _ in values], {v.initializer.inputs[1]: x for v, x in values})


def initial_values(net_type, mean_pixel, pictures, seed):
    """Returns the backbone's variables: random, with the statistics of a batch of real frames."""
    random = np.random.default_rng(seed)
    v1.reset_default_graph()
    v1.set_random_seed(seed)
    inputs = v1.placeholder(tf.float32, [len(pictures), None, None, 3])
    centered = inputs - tf.constant(mean_pixel, shape=[1, 1, 1, 3])
    # With a decay of 0 the moving statistics are those of the last batch.
    if "resnet" in net_type:
        with slim.arg_scope(resnet_v1.resnet_arg_scope(batch_norm_decay=0.0)):
            network = getattr(resnet_v1, "resnet_v1_" + net_type.split("_")[1])
            features, _ = network(centered, global_pool=False, output_stride=16, is_training=True)
    elif "mobilenet" in net_type:
        network, scope = mobilenets[net_type]
        with slim.arg_scope(scope(bn_decay=0.0)):
            features, _ = network(centered)
    else:
        with v1.variable_scope("efficientnet"):
            features, _ = efficientnet.build_model_base(
                centered / tf.constant(efficientnet.STDDEV_RGB, shape=[1, 1, 3]), net_type, use_batch_norm=True,
                override_params={"batch_norm_momentum": 0.0},
            )
    updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
    variables = v1.global_variables()
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        affine = []
        for variable in variables:
            shape = variable.shape.as_list()
            if variable.op.name.endswith("gamma"):
                affine.append((variable, np.maximum(0.3, 1 + 0.15 * random.standard_normal(shape))))
            elif variable.op.name.endswith(("beta", "bias")):
                affine.append((variable, 0.1 * random.standard_normal(shape)))
        load(session, affine)
        session.run([features, updates], {inputs: pictures})
        values = session.run({v.op.name: v for v in variables})
    spread = [v for n, v in values.items() if n.endswith("moving_variance")]
    assert updates and not any((v == 1).all() for v in spread), "statistics were not updated"
    return values


def make(net_type):
    """Returns the margins of the peaks."""
    shuffle = TENSORFLOW[net_type]
    folder = model_folder(shuffle)
    config = load_config(str(folder / "test/pose_cfg.yaml"))
    config["batch_size"] = 1
    clips, points = read_clips()
    chosen = clips_of(net_type)
    frames = [frame for clip in chosen for frame in clips[clip]]
    targets = [pose for clip in chosen for pose in points[clip]]
    values = initial_values(net_type, config["mean_pixel"], np.stack(frames[:1]), shuffle)

    v1.reset_default_graph()
    inputs = v1.placeholder(tf.float32, [1, None, None, 3])
    network = PoseNetFactory.create(config).test(inputs)
    variables = v1.global_variables()
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        load(session, [(v, values.pop(v.op.name)) for v in variables if not v.op.name.startswith("pose/")])
        assert not values, f"not in the network: {sorted(values)}"
        features = [session.run(network["features"], {inputs: frame[None]})[0] for frame in frames]
        weights, biases, maps = heads.fit(
            features, targets, lambda n: 2 * n, config["stride"], low=-4.0, high=2.0
        )
        # [row, column, in, out] -> [row, column, out, in]
        parts = {"part_pred": slice(0, BODYPARTS), "locref_pred": slice(BODYPARTS, None)}
        for variable in variables:
            scope, *rest = variable.op.name.split("/")
            if scope == "pose":
                part = parts[rest[0]]
                new = biases[part] if rest[-1] == "biases" else weights[..., part].transpose(0, 1, 3, 2)
                load(session, [(variable, new)])
        for old in (folder / "train").glob("snapshot-*"):
            old.unlink()
        v1.train.Saver(variables).save(session, str(folder / "train/snapshot"), global_step=SNAPSHOT)
    (folder / "train" / f"snapshot-{SNAPSHOT}.meta").unlink()
    return heads.smallest_margins({clip: len(clips[clip]) for clip in chosen}, [1 / (1 + np.exp(-m)) for m in maps])
