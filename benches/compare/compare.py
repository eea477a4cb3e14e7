"""Runs the engines in turn and prints medians and ratios. Called by benches/compare/run, which tells how."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from catalogue import CLIPS, CONFIG, named
from networks import onnx_file
from report import write_report

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = pathlib.Path(os.environ["DLC_REFERENCE"])
NETWORKS = (
    "tensorflow/resnet_50", "pytorch/resnet_50", "tensorflow/mobilenet_v2_0.35", "tensorflow/mobilenet_v2_1.0",
    "tensorflow/efficientnet-b0", "pytorch/hrnet_w32", "pytorch/cspnext_s",
)
VIDEOS = {"clip120.mp4": 120, "m3v1mp4.mp4": 2330}
# What one core is too slow for, or tells nothing new about.
LEFT_OUT = ("dlc AVX2", "dlc scalar", "PyTorch, channels last")
FRAMES = 12
WARM_UP = 3
PER_TURN = 3
# After its turn, an engine's threads may look for work for a while before they sleep.
PAUSE_S = 0.05


class Worker:
    """A process that has one network loaded."""

    def __init__(self, words, one_thread):
        words = ["taskset", "--cpu-list", "0"] * one_thread + [str(word) for word in words]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        self.seconds, self.poses = [], {}
        self.loaded = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} stopped:\n{self.process.stderr.read()}")
        return json.loads(line)

    def estimate(self, index):
        print(index, file=self.process.stdin)
        answer = self.answer()
        self.poses[index] = answer["pose"]
        return answer["seconds"]

    def end(self):
        """Returns how much memory the network and its work took beyond that of an idle process, in MB."""
        self.process.stdin.close()
        peak = self.answer()["peak_mb"]
        self.process.wait()
        return {"peak_mb": peak, "own_mb": peak - self.loaded["before_mb"]}


def engines_of(name, programs, onnx, threads, device):
    """Returns the command of every engine, ours first."""
    _, _, shuffle = named(name)
    ours = [programs / "frame_by_frame", CONFIG, shuffle, CLIPS["large"]]
    theirs = [sys.executable, HERE / "worker.py"]
    path = onnx_file(name, onnx)
    sets = instruction_sets()
    commands = {f"dlc {isa}": [*ours, isa, 1, "full"] for isa in sets}
    if threads > 1:
        commands[f"dlc, {threads} frames at once"] = [*ours, sets[0], threads, "full"]
    if "AMX" in sets:
        for precision in ("high", "half"):
            commands[f"dlc AMX, {precision} precision"] = [*ours, "AMX", 1, precision]
    if device:
        commands[f"dlc on {device}"] = [*ours, device, 1, "full"]
    commands["DeepLabCut"] = [*theirs, "deeplabcut", name, threads, path]
    if name.startswith("pytorch"):
        commands["PyTorch, channels last"] = [*theirs, "channels-last", name, threads, path]
    commands["ONNX Runtime"] = [*theirs, "onnxruntime", name, threads, path]
    if threads > 1:
        commands[f"ONNX Runtime, {threads} frames at once"] = [*theirs, "side-by-side", name, threads, path]
    return commands


def instruction_sets():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    known = (("AMX", " amx_bf16"), ("AVX-512", " avx512f"), ("AVX2", " avx2"))
    return [isa for isa, flag in known if flag in flags] + ["scalar"]


def compare(name, commands, rounds, one_thread):
    """Returns seconds, memory and the distance to our poses of every engine, from interleaved runs."""
    workers = {engine: Worker(words, one_thread) for engine, words in commands.items()}
    first = {engine: worker.estimate(0) for engine, worker in workers.items()}
    for index in range(1, WARM_UP):
        for worker in workers.values():
            worker.estimate(index)
    for index in range(rounds):
        for engine, worker in workers.items():
            if engine == "dlc scalar" and index >= 2:
                continue
            time.sleep(PAUSE_S)
            # The first frame of a turn wakes threads and fills caches; a video has none such.
            turn = [worker.estimate((index + i) % FRAMES) for i in range(PER_TURN)]
            worker.seconds.extend(turn[1:])
    ours = next(iter(workers.values())).poses
    results = {}
    for engine, worker in workers.items():
        results[engine] = worker.end() | {
            "seconds": statistics.median(worker.seconds), "fastest": min(worker.seconds),
            "load_s": worker.loaded["load_s"], "first": first[engine],
            "px": max(apart(ours[index], pose) for index, pose in worker.poses.items()),
        }
        print(f"  {engine:24}{1e3 * results[engine]['seconds']:9.1f} ms   own memory"
              f"{results[engine]['own_mb']:7.0f} MB   {results[engine]['px']:.4f} px from ours", flush=True)
    return results


def apart(ours, theirs):
    """Returns the largest distance between two poses, in px."""
    return max(
        abs(a - b) for mine, other in zip(ours, theirs, strict=True) for a, b in zip(mine[:2], other[:2])
    )


def whole_job(video, programs, rounds):
    """Returns seconds from start to files, of both programs in turn.

    Ours is the whole process; of DeepLabCut's it is the call of analyze_videos, imports left out.
    """
    config = REFERENCE / "openfield/config.yaml"
    seconds = {"dlc": [], "DeepLabCut": [], "DeepLabCut, with imports": []}
    call = (
        "import sys, time, deeplabcut; start = time.perf_counter(); config, video, out = sys.argv[1:];"
        "deeplabcut.analyze_videos(config, [video], shuffle=1, trainingsetindex=0, batchsize=1, destfolder=out);"
        "print('seconds', time.perf_counter() - start)"
    )
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            subprocess.run(
                [programs / "dlc-rs", "analyze", config, video, "--shuffle", "1", "--device", "cpu", "--out", out],
                check=True, capture_output=True,
            )
            seconds["dlc"].append(time.perf_counter() - start)
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            words = [sys.executable, "-c", call, config, video, out]
            said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            seconds["DeepLabCut, with imports"].append(time.perf_counter() - start)
            assert list(pathlib.Path(out).glob("*.h5")), said
            seconds["DeepLabCut"].append(float(said.rsplit("seconds ", 1)[1]))
    medians = {who: statistics.median(times) for who, times in seconds.items()}
    print(f"{video.name}: " + ", ".join(f"{who} {time:.2f} s" for who, time in medians.items()), flush=True)
    return medians


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--programs", type=pathlib.Path, required=True)
    arguments.add_argument("--onnx", type=pathlib.Path, required=True)
    arguments.add_argument("--only", default="", help="words in the names of the networks")
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--no-one-thread", action="store_true", help="leave out the runs on one core")
    arguments.add_argument("--device", help="an adapter on which dlc runs, too")
    arguments.add_argument("--no-video", action="store_true", help="leave out whole videos")
    arguments.add_argument("--write", type=pathlib.Path, help="the report, with a chart beside it")
    arguments = arguments.parse_args()
    cores = len(os.sched_getaffinity(0))
    done = {"networks": {}, "videos": {}}
    for threads in {cores, 1} if not arguments.no_one_thread else {cores}:
        done["networks"][threads] = {}
    for name in NETWORKS:
        if not any(word in name for word in arguments.only.split() or [""]):
            continue
        words = [sys.executable, HERE / "networks.py", name, arguments.onnx]
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
        for threads, networks in done["networks"].items():
            print(f"{name}, threads: {threads}", flush=True)
            commands = engines_of(name, arguments.programs, arguments.onnx, threads, arguments.device)
            if threads < cores:
                commands = {engine: words for engine, words in commands.items() if engine not in LEFT_OUT}
            networks[name] = compare(name, commands, arguments.rounds, threads < cores)
    if not arguments.no_video:
        for video, frames in VIDEOS.items():
            rounds = 3 if frames < 1000 else 1
            done["videos"][video] = whole_job(REFERENCE / "openfield/videos" / video, arguments.programs, rounds)
    if arguments.write:
        write_report(arguments.write, done, sys.argv[1:])


if __name__ == "__main__":
    main()
