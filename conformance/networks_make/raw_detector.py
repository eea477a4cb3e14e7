"""Saves the tensors of each stage of an SSDLite, for one frame."""

import numpy as np
import torch

from deeplabcut.pose_estimation_pytorch.apis import utils
from deeplabcut.pose_estimation_pytorch.task import Task


def raw_detector(loader, frame, save):
    """Calls `save` with the name and the values of each tensor."""
    snapshot = utils.get_model_snapshots(-1, loader.model_folder, Task.DETECT)[0]
    runner = utils.get_detector_inference_runner(loader.model_cfg, snapshot.path, batch_size=1, device="cpu")
    runner.model.eval()  # which returns nothing
    ssd = runner.model.model
    inputs, _ = runner.preprocessor(frame, {})
    hooks = []

    def keep(module, name, parts):
        """Saves the parts of what a module gives; what a hook returned would take its place."""

        def hook(module, inputs, output):
            for key, values in parts(output).items():
                save(".".join(filter(None, ["detector", name, key])), values.numpy().copy())

        hooks.append(module.register_forward_hook(hook))

    keep(ssd.transform, "transformed", lambda o: {"": o[0].tensors})
    keep(ssd.anchor_generator, "anchors", lambda o: {"": o[0]})
    keep(ssd.backbone, "backbone", dict)
    keep(ssd.head, "head", dict)
    for name, module in ssd.backbone.features.named_modules():
        if name.count(".") == 1:
            keep(module, f"features.{name}", lambda o: {"": o} if torch.is_tensor(o) else {})
    with torch.inference_mode():
        _, found = runner.model(inputs)
    for hook in hooks:
        hook.remove()
    save("detector.input", inputs.numpy())
    save("detector.boxes_xyxy", found[0]["boxes"].numpy())
    save("detector.scores", found[0]["scores"].numpy())
    assert len(found[0]["scores"]) > 1
    return np.diff(-found[0]["scores"].numpy()[:2])[0]
