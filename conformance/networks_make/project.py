"""Makes the project, its clips and one shuffle a network, by DeepLabCut's own functions.

    python project.py
"""

import json
import os
import pathlib
import shutil
import subprocess

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from catalogue import CLIPS, CONFIG, PROJECT, PYTORCH, TENSORFLOW, WORK

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REFERENCE = pathlib.Path(os.environ.get("DLC_REFERENCE", ROOT.parent / "shared/reference"))
SOURCE = REFERENCE / "openfield"
# Frames of the reference video in each clip, and the clip's width and height. The small one has an
# odd number of cells at every stride.
FRAMES = {
    "large": (range(12), (640, 480)),
    "small": ((0, 20, 40, 60, 80, 100), (318, 246)),
}


def copy_project():
    shutil.copytree(
        SOURCE, PROJECT,
        ignore=lambda folder, names: names if "dlc-models" in folder else
        [n for n in names if n.split(".")[-1] in ("mp4",) or n in (
            "training-datasets", "evaluation-results", "exported-models", "analysis_b1")],
    )
    subprocess.run(["chmod", "-R", "u+w", PROJECT], check=True)
    shutil.rmtree(PROJECT / "dlc-models", ignore_errors=True)
    yaml = YAML()
    config = yaml.load(CONFIG.read_text())
    config["project_path"] = str(PROJECT)
    config["video_sets"] = {str(PROJECT / "videos/m4s1.mp4"): {"crop": "0, 640, 0, 480"}}
    config["TrainingFraction"] = [0.95]
    config["batch_size"] = 1
    with CONFIG.open("w") as file:
        yaml.dump(config, file)


def make_clips():
    """Writes uncompressed clips, which every reader decodes to the same pixels."""
    poses = pd.read_hdf(next((SOURCE / "analysis_b1").glob("*.h5"))).to_numpy().reshape(-1, 4, 3)
    capture = cv2.VideoCapture(str(SOURCE / "videos/clip120.mp4"))
    video = []
    while (read := capture.read())[0]:
        video.append(read[1])
    assert len(video) == 120, len(video)
    points = {}
    for name, (chosen, (width, height)) in FRAMES.items():
        CLIPS[name].parent.mkdir(parents=True, exist_ok=True)
        frames = [cv2.resize(video[i], (width, height), interpolation=cv2.INTER_AREA) for i in chosen]
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}",
             "-r", "30", "-i", "-", "-c:v", "rawvideo", "-pix_fmt", "bgr24", str(CLIPS[name])],
            input=np.stack(frames).tobytes(), check=True,
        )
        scale = [width / 640, height / 480]
        points[name] = [(poses[i, :, :2] * scale).tolist() for i in chosen]
        capture = cv2.VideoCapture(str(CLIPS[name]))
        for i, frame in enumerate(frames):
            assert (capture.read()[1] == frame).all(), f"frame {i} of {name} changed"
    (WORK / "points.json").write_text(json.dumps(points))


def make_shuffles():
    import deeplabcut
    from deeplabcut import Engine
    from deeplabcut.utils import auxfun_models

    # It would download ImageNet's weights. Ours are our own.
    auxfun_models.check_for_weights = lambda net_type, folder: str(folder / "none.ckpt")
    train, test = list(range(110)), list(range(110, 116))
    for engine, nets in ((Engine.TF, TENSORFLOW), (Engine.PYTORCH, PYTORCH)):
        for net_type, shuffle in nets.items():
            keywords = {}
            if engine == Engine.TF:
                keywords["augmenter_type"] = "imgaug"
            elif "rtmpose" in net_type:
                keywords["detector_type"] = "ssdlite"
            deeplabcut.create_training_dataset(
                str(CONFIG), Shuffles=[shuffle], trainIndices=[train], testIndices=[test], net_type=net_type,
                engine=engine, userfeedback=False, **keywords,
            )
            if "rtmpose" in net_type:
                crop_for_head(shuffle)


def crop_for_head(shuffle):
    """Lets the crops of a top-down model be as large as its head expects.

    DeepLabCut 3.0.2 writes 256 x 256 for rtmpose_x, whose head wants 384 x 384: its own network fails.
    """
    path = next((PROJECT / "dlc-models-pytorch/iteration-0").glob(f"*shuffle{shuffle}/train/pytorch_config.yaml"))
    yaml = YAML()
    config = yaml.load(path.read_text())
    width, height = config["model"]["heads"]["bodypart"]["input_size"]
    for part in ("inference", "train"):
        config["data"][part]["top_down_crop"].update(width=width, height=height)
    with path.open("w") as file:
        yaml.dump(config, file)


if __name__ == "__main__":
    shutil.rmtree(PROJECT, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    copy_project()
    make_clips()
    make_shuffles()
