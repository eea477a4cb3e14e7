"""DeepLabCut's networks as its own sessions and modules, and as ONNX files of the same weights."""

import json
import pathlib
import sys

import numpy as np

from catalogue import CLIPS, CONFIG, LOCREF_STD, named
from frames import read_clip


def tensorflow_config(name):
    """Returns the configuration with which DeepLabCut would run its last snapshot."""
    from deeplabcut.pose_estimation_tensorflow.config import load_config
    from make_tensorflow import SNAPSHOT, model_folder

    folder = model_folder(named(name)[2])
    config = load_config(str(folder / "test/pose_cfg.yaml"))
    return config | {
        "batch_size": 1, "num_outputs": 1, "init_weights": str(folder / f"train/snapshot-{SNAPSHOT}"),
    }


def pytorch_runner(name):
    """Returns the runner that DeepLabCut would give its last snapshot."""
    from deeplabcut.pose_estimation_pytorch import DLCLoader
    from deeplabcut.pose_estimation_pytorch.apis import utils

    loader = DLCLoader(CONFIG, trainset_index=0, shuffle=named(name)[2])
    snapshot = utils.get_model_snapshots(-1, loader.model_folder, loader.pose_task)[0]
    runner = utils.get_pose_inference_runner(loader.model_cfg, snapshot.path, batch_size=1, device="cpu")
    runner.model.eval()
    return runner


def onnx_file(name, folder):
    engine, net_type, _ = named(name)
    return pathlib.Path(folder) / f"{engine}-{net_type}.onnx"


def prepare(name, folder):
    """Makes what ONNX Runtime needs, where it is missing or older than the weights.

    That is the network, whose outputs are heatmap and location refinement, the frames as it takes
    them, and how its outputs become poses.
    """
    path = onnx_file(name, folder)
    newest = max(p.stat().st_mtime for p in weights_of(name))
    if path.with_suffix(".json").exists() and path.stat().st_mtime > newest:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    convert = {"tensorflow": tensorflow_to_onnx, "pytorch": pytorch_to_onnx}[named(name)[0]]
    inputs, decoding = convert(name, path, read_clip(CLIPS["large"]))
    np.save(path.with_suffix(".npy"), inputs)
    path.with_suffix(".json").write_text(json.dumps(decoding))


def weights_of(name):
    engine, _, shuffle = named(name)
    models = {"tensorflow": "dlc-models", "pytorch": "dlc-models-pytorch"}[engine]
    return list((pathlib.Path(CONFIG).parent / models).glob(f"iteration-0/*shuffle{shuffle}/train/snapshot*"))


def pytorch_to_onnx(name, path, clip):
    import torch

    runner = pytorch_runner(name)

    class Heads(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, pixels):
            outputs = self.model(pixels)["bodypart"]
            return outputs["heatmap"], outputs["locref"]

    prepared = [runner.preprocessor(frame, {})[0] for frame in clip]
    torch.onnx.export(
        Heads(runner.model), (prepared[0],), str(path), input_names=["input"], output_names=["heatmap", "locref"],
        opset_version=18, dynamo=False,
    )
    predictor = runner.model.heads["bodypart"].predictor
    return np.stack([pixels.numpy() for pixels in prepared]), {
        "channels_first": True, "sigmoid": bool(predictor.apply_sigmoid), "locref_std": predictor.locref_std,
        "stride": float(runner.model.get_stride("bodypart")),
    }


def tensorflow_to_onnx(name, path, clip):
    import onnx
    import tensorflow as tf
    import tf2onnx.convert
    import tf2onnx.optimizer
    from deeplabcut.pose_estimation_tensorflow.core import predict

    session, inputs, outputs = predict.setup_pose_prediction(tensorflow_config(name))
    heads = [o.name for o in outputs[:2]]
    frozen = tf.compat.v1.graph_util.convert_variables_to_constants(
        session, session.graph_def, [head.split(":")[0] for head in heads]
    )
    session.close()
    live = [n for n in frozen.node if n.op.startswith("FusedBatchNorm") and n.attr["is_training"].b]
    optimizers = tf2onnx.optimizer._optimizers
    if live:
        # Folding would take the stored statistics, where DeepLabCut takes the frame's own.
        optimizers.pop("remove_back_to_back")
    for node in live:
        node.attr["is_training"].b = False
    model, _ = tf2onnx.convert._convert_common(
        frozen, input_names=[inputs.name], output_names=heads, opset=18,
        shape_override={inputs.name: [1, *clip[0].shape]},
    )
    normalised = 0
    for node in model.graph.node if live else ():
        if node.op_type == "BatchNormalization":
            # Of a single frame, this is the same arithmetic in one kernel of ONNX Runtime.
            node.op_type = "InstanceNormalization"
            del node.input[3:]
            for attribute in [a for a in node.attribute if a.name != "epsilon"]:
                node.attribute.remove(attribute)
            normalised += 1
    assert normalised == len(live), (normalised, len(live))
    onnx.save(model, str(path))
    return np.stack(clip)[:, None].astype(np.float32), {
        "channels_first": False, "sigmoid": False, "locref_std": LOCREF_STD, "stride": 8.0,
    }


if __name__ == "__main__":
    prepare(*sys.argv[1:])
