"""Runs DeepLabCut on the clips with one network and keeps its files, and tensors of one frame.

    python analyze.py tensorflow/resnet_50 [--make] [--only WORDS] [--no-raw] [--without-onednn]

Writes made/{network}/index.json. `--make` gives the network weights first. `--without-onednn` runs the plain cases only, with oneDNN switched
off, and notes how far DeepLabCut is from itself.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import sys
import time

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("networks", nargs="+")
arguments.add_argument("--make", action="store_true")
arguments.add_argument("--only", default="", help="words in the names of the cases to run")
arguments.add_argument("--no-raw", action="store_true")
arguments.add_argument("--without-onednn", action="store_true")
arguments = arguments.parse_args()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if arguments.without_onednn:
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import pandas as pd

from cases import cases_of
from catalogue import CLIPS, CONFIG, index_folder, named
from frames import read_clip


class Offsets:
    """Records where DeepLabCut's preprocessing puts each frame in the network's input."""

    def __init__(self):
        from deeplabcut.pose_estimation_pytorch.data import preprocessor

        self.found, call = [], preprocessor.AugmentImage.__call__

        def recorded(augment, image, context):
            image, context = call(augment, image, context)
            self.found.append([np.asarray(context[k], float).reshape(-1, 2).tolist() for k in ("offsets", "scales")])
            return image, context

        preprocessor.AugmentImage.__call__ = recorded

    def take(self):
        found, self.found = self.found, []
        return found


def analyze(case, engine, out, offsets):
    """Returns the entry of one case: what was called, and the files that came."""
    import deeplabcut

    out.mkdir(parents=True)
    random.seed(0)
    np.random.seed(0)
    keywords = dict(case.get("keywords", {}))
    common = {"shuffle": case["shuffle"], "save_as_csv": True}
    if engine == "pytorch":
        keywords["device"] = "cpu"
    if "images" in case:
        images = out / "images"
        images.mkdir()
        import cv2

        for i, frame in enumerate(read_clip(CLIPS[case["clip"]])):
            cv2.imwrite(str(images / f"img{i:03d}.png"), frame[..., ::-1])
        if engine == "pytorch":
            deeplabcut.analyze_images(case["config"], str(images), destfolder=str(out), **common, **keywords)
        else:
            here = os.getcwd()
            deeplabcut.analyze_time_lapse_frames(case["config"], str(images), **common, **keywords)
            os.chdir(here)
            for path in [p for p in images.iterdir() if p.suffix != ".png"]:
                path.rename(out / path.name)
        scorer = None
    else:
        if engine == "tensorflow":
            keywords["use_openvino"] = False
        scorer = deeplabcut.analyze_videos(
            case["config"], [str(CLIPS[case["clip"]])], destfolder=str(out),
            batchsize=case["batch_size"], **common, **keywords,
        )
    files = {suffix: str(next(out.glob(f"*{suffix}"))) for suffix in (".h5", ".csv")}
    files |= {suffix: str(p) for suffix in ("_meta.pickle", "_full.pickle") for p in out.glob(f"*{suffix}")}
    frame = pd.read_hdf(files[".h5"])
    scorer = scorer or frame.columns[0][0]
    entry = {**case, "clip_path": str(CLIPS[case["clip"]]), "scorer": scorer, "files": files, "frames": len(frame)}
    if "images" in case:
        entry["images"] = str(out / "images")
    found = offsets.take() if offsets else []
    if any(o != [[0.0, 0.0]] or s != [[1.0, 1.0]] for o, s in found):
        entry["input_offsets_and_scales"] = found
    return entry


def difference(expected, found):
    """Returns the largest and mean difference of two results in px, and the largest likelihood."""
    expected, found = (pd.read_hdf(path) for path in (expected, found))
    apart = (expected - found).abs()
    likelihood = apart.columns.get_level_values("coords").str.startswith("likelihood")
    px = apart.loc[:, ~likelihood].to_numpy()
    return {
        "px_max": float(px.max()), "px_mean": float(px.mean()),
        "likelihood_max": float(apart.loc[:, likelihood].to_numpy().max()),
    }


def run(name):
    engine, net_type, shuffle = named(name)
    folder = index_folder(name)
    path = folder / "index.json"
    index = json.loads(path.read_text()) if path.exists() else {"cases": {}, "margins": {}}
    index.setdefault("margins", {})
    index |= {"network": name, "engine": engine, "net_type": net_type, "shuffle": shuffle, "config": str(CONFIG)}
    if arguments.make:
        start = time.time()
        if engine == "tensorflow":
            from make_tensorflow import make
        else:
            from make_pytorch import make
        index["margins"] = make(net_type)
        print(json.dumps({"network": name, "made in s": round(time.time() - start, 1), "margins": index["margins"]}), flush=True)
    offsets = Offsets() if engine == "pytorch" else None
    for case in cases_of(name):
        key = case["case"]
        if arguments.only not in key or (arguments.without_onednn and not case.get("plain")):
            continue
        start = time.time()
        out = folder / ("onednn_off" if arguments.without_onednn else "deeplabcut") / key.replace(" ", "_").replace(",", "")
        shutil.rmtree(out, ignore_errors=True)
        try:
            entry = analyze(case, engine, out, offsets)
        except Exception as error:
            # Some calls fail in DeepLabCut itself: that is an answer too.
            if case.get("plain"):
                raise
            entry = {**case, "fails": f"{type(error).__name__}: {error}"[:300]}
        if arguments.without_onednn:
            index["cases"][key]["onednn_off"] = difference(index["cases"][key]["files"][".h5"], entry["files"][".h5"])
            print(json.dumps({"network": name, "case": key, "onednn off": index["cases"][key]["onednn_off"]}), flush=True)
        else:
            entry["seconds"] = round(time.time() - start, 1)
            index["cases"][key] = entry
            print(json.dumps({"network": name, "case": key, "s": entry["seconds"], "fails": entry.get("fails")}), flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(index, indent=1))
    if not arguments.no_raw and not arguments.without_onednn:
        if engine == "tensorflow":
            from raw_tensorflow import raw
        else:
            from raw_pytorch import raw
        index["raw"], margins = raw(name)
        index["margins"] |= margins
        print(json.dumps({"network": name, "raw": len(index["raw"])}), flush=True)
    for key, (next_cell, next_peak) in index["margins"].items():
        if key in index["cases"]:
            index["cases"][key]["margins"] = {"next_cell": float(next_cell), "next_peak": float(next_peak)}
    path.write_text(json.dumps(index, indent=1))


if __name__ == "__main__":
    if any(n.startswith("tensorflow") for n in arguments.networks):
        import tensorflow

        tensorflow.compat.v1.disable_eager_execution()
    if any(n.startswith("pytorch") for n in arguments.networks):
        import torch

        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
        torch.backends.mkldnn.enabled = not arguments.without_onednn
    for name in arguments.networks:
        run(name)
