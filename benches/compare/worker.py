"""One engine with one network: loads it, then estimates a frame for every line that it is sent.

    python worker.py deeplabcut|channels-last|onnxruntime|side-by-side NETWORK THREADS ONNX_FILE

Each line in is the index of a frame; each line out is JSON with the seconds and, for each body part,
x and y (px) and likelihood. What is timed is as little as the engine needs: for DeepLabCut its forward
pass up to the pose, for ONNX Runtime the heads alone. Scaling of pixels is left out for PyTorch and ONNX
Runtime, and so is the search for the peaks for ONNX Runtime. `side-by-side` is ONNX Runtime with a frame
on each thread; the seconds are those of a frame.
"""

import json
import os
import pathlib
import sys
import time


def memory(field):
    """Returns a figure of this process, in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


def deeplabcut_tensorflow(name, clip):
    from deeplabcut.pose_estimation_tensorflow.core import predict
    from networks import tensorflow_config

    session, inputs, outputs = predict.setup_GPUpose_prediction(tensorflow_config(name))
    clip = [frame[None].astype(float) for frame in clip]

    def estimate(index):
        start = time.perf_counter()
        pose = session.run(outputs, {inputs: clip[index]})[0]
        return time.perf_counter() - start, pose[:, [1, 0, 2]].tolist()

    return estimate


def deeplabcut_pytorch(name, threads, clip, channels_last=False):
    import torch
    from networks import pytorch_runner

    torch.set_num_threads(threads)
    runner = pytorch_runner(name)
    model = runner.model
    prepared = [runner.preprocessor(frame, {})[0] for frame in clip]
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        prepared = [pixels.to(memory_format=torch.channels_last) for pixels in prepared]

    def estimate(index):
        with torch.inference_mode():
            start = time.perf_counter()
            poses = model.get_predictions(model(prepared[index]))["bodypart"]["poses"]
            seconds = time.perf_counter() - start
        return seconds, poses.reshape(-1, 3).tolist()

    return estimate


def onnxruntime(threads, at_once, path):
    import concurrent.futures

    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads // at_once
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()[0].name
    clip = np.load(path.with_suffix(".npy"))
    decoding = json.loads(path.with_suffix(".json").read_text())

    pool = concurrent.futures.ThreadPoolExecutor(at_once)

    def run(index):
        return session.run(None, {inputs: clip[index]})

    def estimate(index):
        start = time.perf_counter()
        heatmap, locref = list(pool.map(run, [index] * at_once))[0] if at_once > 1 else run(index)
        seconds = (time.perf_counter() - start) / at_once
        return seconds, poses_of(heatmap[0], locref[0], **decoding)

    return estimate


def poses_of(heatmap, locref, channels_first, sigmoid, locref_std, stride):
    """Returns x, y (px) and likelihood of each body part."""
    import numpy as np

    if channels_first:
        heatmap, locref = heatmap.transpose(1, 2, 0), locref.transpose(1, 2, 0)
    parts = []
    for part in range(heatmap.shape[2]):
        row, column = np.unravel_index(np.argmax(heatmap[..., part]), heatmap.shape[:2])
        dx, dy = locref[row, column, 2 * part : 2 * part + 2] * locref_std
        likelihood = heatmap[row, column, part]
        if sigmoid:
            likelihood = 1 / (1 + np.exp(-likelihood))
        centre = [(cell + 0.5) * stride for cell in (column, row)]
        parts.append([float(centre[0] + dx), float(centre[1] + dy), float(likelihood)])
    return parts


def main():
    engine, name, threads, path = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # DeepLabCut prints as it loads.
    is_onnx = engine in ("onnxruntime", "side-by-side")
    if not is_onnx:
        from catalogue import CLIPS
        from frames import read_clip

        clip = read_clip(CLIPS["large"])
    before, start = memory("VmRSS"), time.perf_counter()
    if is_onnx:
        at_once = int(threads) if engine == "side-by-side" else 1
        estimate = onnxruntime(int(threads), at_once, pathlib.Path(path))
    elif name.startswith("tensorflow"):
        estimate = deeplabcut_tensorflow(name, clip)
    else:
        estimate = deeplabcut_pytorch(name, int(threads), clip, engine == "channels-last")
    print(json.dumps({"load_s": time.perf_counter() - start, "before_mb": before}), file=answers)
    for line in sys.stdin:
        seconds, pose = estimate(int(line))
        print(json.dumps({"seconds": seconds, "pose": pose}), file=answers)
    print(json.dumps({"peak_mb": memory("VmHWM")}), file=answers)


if __name__ == "__main__":
    main()
