"""Makes weights with DeepLabCut, TensorFlow and PyTorch and compares them with ours, bit by bit.

Called by conformance/weights, which tells how.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "dlc-cli/data/openfield"
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))
NETS = "mobilenet_v2_0.35,mobilenet_v2_1.0,resnet_50,efficientnet-b0"


class Totals:
    files = tensors = values = 0


def ours(program, path):
    """Returns what our program reads, by network and name."""
    with tempfile.NamedTemporaryFile() as file:
        command = [program, "--values", file.name, str(path)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        values = np.fromfile(file.name, "<u4")
    found, place = {}, 0
    for line in lines.splitlines():
        if line.count("\t") == 2:
            network, name, shape = line.split("\t")
            shape = [int(axis) for axis in shape.strip("[]").split(",") if axis.strip()]
            end = place + int(np.prod(shape))
            found[network, name] = values[place:end].reshape(shape)
            place = end
    assert place == len(values), f"{path}: {len(values) - place} values too many"
    return found, [line for line in lines.splitlines() if line.startswith("graph:")]


def compare(what, program, path, expected):
    """Compares the tensors of a file with arrays of 32-bit floats."""
    found, facts = ours(program, path)
    assert found.keys() == expected.keys(), sorted(found.keys() ^ expected.keys())[:5]
    count = 0
    for name, array in expected.items():
        bits = np.ascontiguousarray(array, "<f4").view("<u4").reshape(array.shape)
        assert bits.shape == found[name].shape, f"{what}: {name}: {bits.shape}"
        assert (bits == found[name]).all(), f"{what}: {name} differs"
        count += bits.size
    Totals.files += 1
    Totals.tensors += len(expected)
    Totals.values += count
    print(f"{what}: {len(expected)} tensors, {count} values, all bits equal")
    for fact in facts:
        print("   ", fact)


def checkpoint(prefix):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(prefix))
    names = reader.get_variable_to_dtype_map()
    floats = [name for name, dtype in names.items() if dtype == tf.float32]
    return {("pose", name): reader.get_tensor(name) for name in floats}


def save_at_random(net, train):
    """Saves a network of DeepLabCut's with variables at random."""
    import tensorflow as tf
    from deeplabcut.pose_estimation_tensorflow.config import load_config
    from deeplabcut.pose_estimation_tensorflow.nnets.factory import PoseNetFactory

    tf1 = tf.compat.v1
    tf1.reset_default_graph()
    tf1.disable_eager_execution()
    image = tf1.placeholder(tf.float32, [None, None, None, 3])
    PoseNetFactory.create(load_config(str(train / "pose_cfg.yaml"))).test(image)
    random = np.random.default_rng(len(net))
    with tf1.Session() as session:
        for variable in tf1.global_variables():
            variable.load(random.standard_normal(variable.shape, np.float32), session)
        tf1.train.Saver().save(session, str(train / "snapshot-7"))


def tensorflow(program, folder, nets):
    import deeplabcut
    import tensorflow as tf

    project = folder / "project"
    shutil.copytree(BUNDLED, project)
    models = project / "dlc-models/iteration-0"
    first = models / "mouseNov22-trainset90shuffle1"
    for shuffle, net in enumerate(nets, 2):
        model = models / f"mouseNov22-trainset90shuffle{shuffle}"
        for part in ("train", "test"):
            (model / part).mkdir(parents=True)
            config = yaml.safe_load((first / part / "pose_cfg.yaml").read_text())
            config |= {"net_type": net, "init_weights": "none"}
            (model / part / "pose_cfg.yaml").write_text(yaml.safe_dump(config))
        save_at_random(net, model / "train")
    for shuffle in range(1, len(nets) + 2):
        for gpu in (True, False):
            tf.compat.v1.reset_default_graph()
            deeplabcut.export_model(
                str(project / "config.yaml"), shuffle=shuffle, overwrite=True, make_tar=False,
                TFGPUinference=gpu,
            )
            (export,) = (project / "exported-models").glob(f"DLC_*_shuffle-{shuffle}")
            (graph,) = export.glob("*.pb")
            expected = checkpoint(graph.with_suffix(""))
            what = f"{export.name}, TFGPUinference={gpu}"
            compare(what, program, export, expected)
        compare(f"{export.name}, checkpoint", program, graph.with_suffix(""), expected)


def arrays(network, state):
    """Returns the floats of a network's state as arrays."""
    floats = ((name, tensor) for name, tensor in state.items() if tensor.is_floating_point())
    return {(network, name): tensor.float().numpy() for name, tensor in floats}


def pytorch_configs():
    from deeplabcut.pose_estimation_pytorch.config import PoseConfig

    for path in sorted((REFERENCE / "deeplabcut/configs").glob("*.pytorch_config.yaml")):
        yield path.name.split(".")[0], PoseConfig.from_any(path)


def pytorch(program, folder):
    import torch
    from deeplabcut.pose_estimation_pytorch.models import DETECTORS, PoseModel
    from safetensors.torch import save_file

    def saved(what, content, expected, name="snapshot-001.pt"):
        torch.save(content, folder / name)
        compare(what, program, folder / name, expected)

    torch.manual_seed(2018)
    for name, config in pytorch_configs():
        state = PoseModel.build(config.model, pretrained_backbone=False).state_dict()
        pose = arrays("pose", state)
        saved(f"{name}, snapshot", {"model": state, "metadata": {"epoch": 1}}, pose)
        parallel = {f"module.{key}": tensor for key, tensor in state.items()}
        saved(f"{name}, DataParallel", {"model": parallel, "metadata": {}}, pose)
        save_file(
            {key: tensor.contiguous() for key, tensor in state.items()},
            folder / "model.safetensors",
        )
        compare(f"{name}, safetensors", program, folder / "model.safetensors", pose)
        for kind, plain in (("3.0.2", True), ("3.0.1, with classes", False)):
            exported = {"config": config.to_dict(normalize=plain), "pose": state}
            saved(f"{name}, exported as {kind}", exported, pose, f"exported_{plain}.pt")
        if config.detector is not None:
            detector = DETECTORS.build(config.detector.model, pretrained=False).state_dict()
            saved(
                f"{name}, snapshot of the detector", {"model": detector, "metadata": {}},
                arrays("pose", detector), "snapshot-detector-001.pt",
            )
            exported["detector"] = detector
            both = pose | arrays("detector", detector)
            saved(f"{name}, exported with its detector", exported, both, "exported.pt")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--nets", default=NETS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tensorflow(options.program, folder, options.nets.split(","))
        if REFERENCE.is_dir():
            pytorch(options.program, folder)
        else:
            print(f"no reference folder at {REFERENCE}: networks of PyTorch are skipped")
    print(
        f"{Totals.files} files, {Totals.tensors} tensors, {Totals.values} values: "
        "all bits equal"
    )


if __name__ == "__main__":
    main()
