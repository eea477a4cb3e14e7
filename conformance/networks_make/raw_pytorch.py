"""Saves the tensors of each stage of a network of the PyTorch engine, for one frame."""

import json
import pathlib
import re

import numpy as np
import torch

import heads
from catalogue import CONFIG, WORK, clips_of, named
from deeplabcut.pose_estimation_pytorch import DLCLoader
from deeplabcut.pose_estimation_pytorch.apis import utils
from frames import read_clips
from make_pytorch import box_of

# Which modules' outputs are kept.
STAGES = (
    r"backbone\.model\.(conv1|bn1|act1|maxpool|conv2|bn2|act2|layer\d|layer\d\.\d+|stage\d|stage\d\.\d+|transition\d)"
    r"|backbone\.(stem|stage\d|stem\.\d|stage\d\.\d)|backbone"
    r"|heads\.bodypart\.(final_layer|mlp|mlp\.0|gau|gau\.ln|gau\.uv|gau\.o|cls_x|cls_y|heatmap_head|locref_head)"
)


def raw(name):
    """Returns what was saved (tensor: file and shape) and the margins that the fit did not tell."""
    _, net_type, shuffle = named(name)
    loader = DLCLoader(CONFIG, trainset_index=0, shuffle=shuffle)
    snapshot = utils.get_model_snapshots(-1, loader.model_folder, loader.pose_task)[0]
    runner = utils.get_pose_inference_runner(loader.model_cfg, snapshot.path, batch_size=1, device="cpu")
    model = runner.model.eval()
    clips, points = read_clips()
    top_down = "rtmpose" in net_type
    saved = {}
    target = WORK / "raw" / name.replace("/", "-")
    target.mkdir(parents=True, exist_ok=True)

    def save(key, values, **more):
        path = target / f"{key}.npy"
        np.save(path, values)
        layout = {4: "NCHW", 3: "NKC" if top_down else "HWC"}.get(np.ndim(values), "")
        saved[key] = {"file": str(path), "shape": list(values.shape), "layout": layout} | more

    def prepared(frame, keypoints):
        context = {"bboxes": [box_of(np.asarray(keypoints))]} if top_down else {}
        inputs, context = runner.preprocessor(frame, context)
        where = {k: np.asarray(context[k], float).reshape(-1, 2)[0].tolist() for k in ("offsets", "scales")}
        if top_down:
            where["bbox_xywh"] = [float(v) for v in context["bboxes"][0]]
        return inputs, where

    def keep(key):
        def hook(module, inputs, output):
            if torch.is_tensor(output):
                save(key, output.detach().numpy().copy())
            elif isinstance(output, (list, tuple)):
                for i, part in enumerate(output):
                    save(f"{key}.branch{i}", part.detach().numpy().copy())

        return hook

    np.random.seed(0)
    inputs, where = prepared(clips["small"][0], points["small"][0])
    hooks = [m.register_forward_hook(keep(n)) for n, m in model.named_modules() if re.fullmatch(STAGES, n)]
    with torch.inference_mode():
        outputs = model(inputs)
        poses = model.get_predictions(outputs)["bodypart"]["poses"]
    for hook in hooks:
        hook.remove()
    assert len(saved) > 9, list(saved)
    save("input_rgb_u8", clips["small"][0])
    save("input", inputs.numpy(), **where)
    save("poses_in_input", poses.numpy())
    margins = {}
    with torch.inference_mode():
        for clip in clips_of(net_type) if top_down else ():
            each = [
                simcc_margins(model, model(prepared(*pair)[0])["bodypart"])
                for pair in zip(clips[clip], points[clip])
            ]
            margins[f"{clip}, dynamic box, batch 1"] = tuple(map(min, zip(*each)))
        inputs, where = prepared(clips["large"][0], points["large"][0])
        for key, values in model(inputs)["bodypart"].items():
            save(f"large_{key}", values.numpy())
    save("large_input_rgb_u8", clips["large"][0])
    save("large_input", inputs.numpy(), **where)
    if "detector" in loader.model_cfg and any(pathlib.Path(loader.model_folder).glob("snapshot-detector-*.pt")):
        from raw_detector import raw_detector

        print(f"the best box exceeds the next by {raw_detector(loader, clips['small'][0], save):.4f}", flush=True)
    (target / "index.json").write_text(json.dumps(saved, indent=1))
    return saved, margins


def simcc_margins(model, out):
    """Returns the margins of the softmax over the bins, of the worse axis."""
    predictor = model.heads["bodypart"].predictor
    both = []
    for axis, sigma in zip("xy", predictor.sigma):
        bins = torch.softmax(out[axis][0] * sigma * predictor.decode_beta, dim=-1).numpy()
        both.append(heads.margins(bins.T[None]))
    return tuple(map(min, zip(*both)))
