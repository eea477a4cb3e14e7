"""Gives one network of the PyTorch engine weights, and saves them as DeepLabCut does."""

import pathlib

import numpy as np
import torch

import heads
from catalogue import BODYPARTS, CONFIG, PYTORCH, clips_of
from frames import read_clips
from deeplabcut.pose_estimation_pytorch import DLCLoader
from deeplabcut.pose_estimation_pytorch.data.image import top_down_crop
from deeplabcut.pose_estimation_pytorch.data.preprocessor import build_bottom_up_preprocessor
from deeplabcut.pose_estimation_pytorch.data.transforms import build_transforms
from deeplabcut.pose_estimation_pytorch.models import DETECTORS, PoseModel
from deeplabcut.pose_estimation_pytorch.runners.snapshots import TorchSnapshotManager

NORMS = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.GroupNorm)
EPOCHS = 200
LOW, HIGH = 0.03, 0.9  # of a heatmap
FEW_CHANNELS = 100
MARGIN = 20  # px around the keypoints, as DeepLabCut's `bbox_margin`


def randomize_norms(model, seed):
    """Gives every normalisation a scale and a shift that matter; some are built with a scale of 0."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, NORMS) and module.weight is not None:
            shape = module.weight.shape
            module.weight.data = (1 + 0.15 * torch.randn(shape, generator=generator)).clamp(min=0.3)
            module.bias.data = 0.1 * torch.randn(shape, generator=generator)


def calibrate(model, batch, forward):
    """Sets the running statistics to those of one batch."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    momenta = [m.momentum for m in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = 1.0
        norm.train()
    with torch.inference_mode():
        forward(batch)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
        assert int(norm.num_batches_tracked) == 1, "a normalisation was passed by"
    model.eval()


def save(model, folder, prefix):
    for old in pathlib.Path(folder).glob(f"{prefix}-[0-9]*.pt"):
        old.unlink()
    state = {"metadata": {"epoch": EPOCHS, "metrics": {}, "losses": {}}, "model": model.state_dict()}
    TorchSnapshotManager(prefix, folder, save_epochs=EPOCHS).update(EPOCHS, state, last=True)


def tensor_and_points(preprocessor, frame, points):
    """Returns the network's input and where the points are in it."""
    inputs, context = preprocessor(frame, {})
    return inputs, (np.asarray(points) - context["offsets"]) / context["scales"]


def fit_heatmap_head(model, inputs, points):
    """Returns the heatmaps of the frames."""
    head, stride = model.heads["bodypart"], model.get_stride("bodypart")
    with torch.inference_mode():
        features = [model.backbone(x)[0].permute(1, 2, 0).numpy() for x in inputs]
    if features[0].shape[2] < FEW_CHANNELS:
        clips = [[f for f in features if f.shape == shape] for shape in dict.fromkeys(f.shape for f in features)]
        points = [p for clip in clips for p in [heads.unlike_points(clip, stride, BODYPARTS)] * len(clip)]
    weights, biases, maps = heads.fit(features, points, lambda n: 2 * n + 1, stride, LOW, HIGH)
    # [row, column, in, out] -> [in, out, row, column]
    weights = torch.tensor(weights.transpose(2, 3, 0, 1))
    for layer, part in ((head.heatmap_head, slice(0, BODYPARTS)), (head.locref_head, slice(BODYPARTS, None))):
        layer.deconv_layers[0].weight.data = weights[:, part].contiguous()
        layer.deconv_layers[0].bias.data = torch.tensor(biases[part])
    return maps


def box_of(points):
    low, high = points.min(axis=0) - MARGIN, points.max(axis=0) + MARGIN
    return np.array([*low, *(high - low)])


def crops_of(frames, points, size, transform, each, random):
    """Returns crops around the animal, shifted and scaled at random, and the keypoints in them."""
    images, targets = [], []
    for frame, keypoints in zip(frames, np.asarray(points)):
        for i in range(each):
            x, y, w, h = box_of(keypoints)
            if i:
                scale, dx, dy = random.uniform(0.8, 1.6), *random.uniform(-0.15, 0.15, 2)
                x, y = x + w * (dx + (1 - scale) / 2), y + h * (dy + (1 - scale) / 2)
                w, h = w * scale, h * scale
            crop, offset, scale = top_down_crop(frame, np.array([x, y, w, h]), size)
            crop = transform(image=crop, keypoints=[], class_labels=[], bboxes=[], bbox_labels=[])["image"]
            images.append(torch.tensor(crop).permute(2, 0, 1))
            targets.append((keypoints - offset) / scale)
    return torch.stack(images), torch.tensor(np.stack(targets), dtype=torch.float32)


def train_simcc_head(model, images, targets, steps, seed):
    """Trains the head alone, on features computed once."""
    torch.manual_seed(seed)
    head = model.heads["bodypart"]
    predictor = head.predictor
    sharpness = float(predictor.sigma[0] * predictor.decode_beta)
    with torch.inference_mode():
        features = torch.cat([model.backbone(images[i : i + 8]) for i in range(0, len(images), 8)])
    features = features.clone()
    bins = torch.arange(head.cls_x.out_features, dtype=torch.float32)
    labels = [
        torch.softmax(-((bins - targets[..., axis, None] * predictor.simcc_split_ratio) ** 2) / (2 * 1.2**2), dim=-1)
        for axis in (0, 1)
    ]
    last = [*head.cls_x.parameters(), *head.cls_y.parameters()]
    for parameter in last:
        parameter.data /= sharpness
    others = [p for p in head.parameters() if not any(p is q for q in last)]
    optimizer = torch.optim.Adam(
        [{"params": others, "lr": 2e-3}, {"params": last, "lr": 4e-3 / sharpness}], eps=1e-12
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    model.eval()
    for step in range(steps):
        chosen = torch.randint(len(features), (48,))
        out = head(features[chosen])
        loss = sum(
            -(label[chosen] * torch.log_softmax(out[axis] * sharpness, dim=-1)).sum(-1).mean()
            for axis, label in zip("xy", labels)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            print(f"  step {step} loss {float(loss.detach()):.3f}", flush=True)


def train_detector(detector, inputs, points, steps, seed):
    """Trains the heads of an SSDLite alone, on features computed once."""
    torch.manual_seed(seed)
    ssd = detector.model
    boxes = [box_of(p) for p in np.asarray(points)]
    targets = [
        {"boxes": torch.tensor([[x, y, x + w, y + h]], dtype=torch.float32), "labels": torch.tensor([1])}
        for x, y, w, h in boxes
    ]
    images, targets = ssd.transform([x[0] for x in inputs], targets)
    calibrate(ssd, images.tensors, lambda x: ssd.head(list(ssd.backbone(x).values())))
    with torch.inference_mode():
        features = list(ssd.backbone(images.tensors).values())
    features = [f.clone() for f in features]
    anchors = ssd.anchor_generator(images, features)
    from torchvision.ops import boxes as box_ops

    matched = [
        ssd.proposal_matcher(box_ops.box_iou(target["boxes"], anchor)) for target, anchor in zip(targets, anchors)
    ]
    optimizer = torch.optim.Adam(ssd.head.parameters(), lr=2e-3)
    for step in range(steps):
        losses = ssd.compute_loss(targets, ssd.head(features), anchors, matched)
        loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            print(f"  detector step {step} " + str({k: round(float(v.detach()), 3) for k, v in losses.items()}), flush=True)
    for parameter in detector.parameters():
        parameter.requires_grad = True


def make(net_type):
    """Returns the margins of the peaks, where a map has them."""
    shuffle = PYTORCH[net_type]
    torch.manual_seed(shuffle)
    np.random.seed(shuffle)
    loader = DLCLoader(CONFIG, trainset_index=0, shuffle=shuffle)
    config = loader.model_cfg
    clips, points = read_clips()
    chosen = clips_of(net_type)
    frames, points = ([one for clip in chosen for one in of[clip]] for of in (clips, points))
    model = PoseModel.build(config["model"], pretrained_backbone=False)
    randomize_norms(model, shuffle)
    transform = build_transforms(config["data"]["inference"])
    margins = {}
    if str(config["method"]) in ("td", "MethodType.TOP_DOWN"):
        size = config["data"]["inference"]["top_down_crop"]
        size = size["width"], size["height"]
        images, targets = crops_of(frames, points, size, transform, 12, np.random.default_rng(shuffle))
        calibrate(model, images[::12], model.backbone)
        train_simcc_head(model, images, targets, 600, shuffle)
    else:
        preprocessor = build_bottom_up_preprocessor(config["data"]["colormode"], transform)
        pairs = [tensor_and_points(preprocessor, *pair) for pair in zip(frames, points)]
        calibrate(model, pairs[0][0], model.backbone)
        maps = fit_heatmap_head(model, *zip(*pairs))
        margins = heads.smallest_margins({clip: len(clips[clip]) for clip in chosen}, maps)
    save(model, loader.model_folder, "snapshot")
    if net_type == "rtmpose_s":
        detector_config = config["detector"]
        detector = DETECTORS.build({k: v for k, v in dict(detector_config["model"]).items() if v is not None})
        randomize_norms(detector, shuffle + 100)
        preprocessor = build_bottom_up_preprocessor(
            detector_config["data"]["colormode"], build_transforms(detector_config["data"]["inference"])
        )
        train_detector(detector, [preprocessor(f, {})[0] for f in frames], points, 150, shuffle)
        save(detector, loader.model_folder, "snapshot-detector")
    return margins
