"""Times the two-point pipeline of movement and numpy beside ours: see conformance/tracking-speed."""

import argparse
import importlib.metadata
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")

from loguru import logger  # noqa: E402
from movement import filtering, kinematics  # noqa: E402
from movement.io import load_poses  # noqa: E402
from scipy.ndimage import gaussian_filter1d  # noqa: E402

logger.remove()

FPS = 40.0
ARENA_MM = 800.0
SIGMA_TRACKING, SIGMA_SPEED, SIGMA_ANGLE = 2.0, 3.0, 2.0
LEFT, RIGHT = "part0", "part1"


def make_tracks(random, samples, parts):
    """A walk in a box of 600 px with ears beside it; 5 % of the keypoints in doubt, in gaps."""
    turn = np.cumsum(random.normal(0, 0.15, samples))
    steps = np.c_[np.cos(turn), np.sin(turn)] * random.gamma(2, 1.5, samples)[:, None]
    walk = np.cumsum(steps, axis=0)
    walk = 300 - np.abs(walk % 1200 - 600) + 300  # reflected at the walls
    tracks = np.empty((samples, parts, 3))
    for part in range(parts):
        angle = turn + part * 2 * np.pi / parts
        tracks[:, part, :2] = walk + 12 * np.c_[np.cos(angle), np.sin(angle)]
        tracks[:, part, :2] += random.normal(0, 0.5, (samples, 2))
        tracks[:, part, 2] = random.uniform(0.9, 1, samples)
        for start in random.integers(0, samples, samples // 100):
            gap = slice(start, start + random.integers(1, 10))
            tracks[gap, part, 2] = random.uniform(0, 0.5)
    return tracks


def smooth(values, sigma):
    """Gaussian that respects NaN, along the first axis."""
    present = np.isfinite(values)
    if present.all():
        return gaussian_filter1d(values, sigma, axis=0)
    total = gaussian_filter1d(np.where(present, values, 0.0), sigma, axis=0)
    weight = gaussian_filter1d(present.astype(float), sigma, axis=0)
    return np.where(present, total / np.where(present, weight, 1.0), np.nan)


def states_of_movement(dataset, seconds):
    """x, y, head angle and speed of each sample, in mm, rad and mm/s."""
    position = filtering.filter_by_confidence(dataset.position, dataset.confidence, threshold=0.6)
    position = filtering.interpolate_over_time(position, method="linear", max_gap=10)
    ears = position.sel(keypoint=[LEFT, RIGHT], individual="id_0")
    angle = kinematics.compute_forward_vector_angle(position, LEFT, RIGHT)
    angle = np.mod(-angle.values.squeeze(), 2 * np.pi)
    middle = ears.mean("keypoint", skipna=False).transpose("time", "space").values
    middle = smooth(middle, SIGMA_TRACKING)
    low, high = np.nanmin(middle, axis=0), np.nanmax(middle, axis=0)
    middle = (middle - low) * (2 * ARENA_MM / (high - low).sum())
    speed = np.hypot(*np.diff(middle, axis=0).T) / np.diff(seconds)
    speed = smooth(np.r_[speed[:1], speed], SIGMA_SPEED)
    sine, cosine = smooth(np.c_[np.sin(angle), np.cos(angle)], SIGMA_ANGLE).T
    return np.c_[middle, np.mod(np.arctan2(sine, cosine), 2 * np.pi), speed]


def compare(ours, theirs):
    """The largest difference of states: angles the short way, others relative above 1."""
    if (np.isnan(ours) != np.isnan(theirs)).any():
        return np.inf
    apart = np.abs(ours - theirs)
    apart[:, 2] = np.abs((apart[:, 2] + np.pi) % (2 * np.pi) - np.pi)
    return np.nanmax(apart / np.maximum(np.abs(theirs), 1))


def cpu_of(program):
    """Returns the seconds that a process ran on a CPU."""
    return int(Path(f"/proc/{program.pid}/schedstat").read_text().split()[0]) / 1e9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--parts", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    samples = round(options.hours * 3600 * FPS)
    tracks = make_tracks(np.random.default_rng(options.seed), samples, options.parts)
    names = [f"part{part}" for part in range(options.parts)]
    dataset = load_poses.from_numpy(
        np.transpose(tracks[..., :2], (0, 2, 1))[..., None],
        tracks[..., 2][..., None],
        ["id_0"],
        names,
        fps=FPS,
    )
    seconds = np.arange(samples) / FPS
    ears = dataset.sel(keypoint=[LEFT, RIGHT])
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("movement", "numpy")]
    print(f"{samples} samples, {options.parts} body parts, {', '.join(versions)}")

    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "tracks.f64"), Path(folder, "states.f64")
        tracks.tofile(given)
        command = [options.program, given, made, str(options.parts), str(FPS)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as program:

            def ours(what):
                before = cpu_of(program)
                program.stdin.write(what + "\n")
                program.stdin.flush()
                wall = float(program.stdout.readline())
                return wall, cpu_of(program) - before

            def theirs(given):
                start, before = time.perf_counter(), time.process_time()
                states = states_of_movement(given, seconds)
                cpu = time.process_time() - before
                return (time.perf_counter() - start, cpu), states

            took = {"all": ([], []), "needed": ([], [])}
            for _ in range(options.rounds):
                for what, given_to_movement in (("all", dataset), ("needed", ears)):
                    took[what][0].append(ours(what))
                    elapsed, states = theirs(given_to_movement)
                    took[what][1].append(elapsed)
            program.stdin.close()
            if program.wait() != 0:
                sys.exit("our program failed")
        apart = compare(np.fromfile(made).reshape(-1, 4), states)

    print(f"states are at most {apart:.1e} apart; {np.isnan(states[:, 0]).sum()} are missing")
    print("median of the rounds (their range), ours beside movement and numpy:")
    rows = [
        (
            f"{options.parts} body parts given, the ears cleaned by ours, all by movement",
            ("needed", "all"),
            20.0,
        ),
        ("all body parts cleaned by both", ("all", "all"), 8.0),
        ("only the two ears given to both", ("needed", "needed"), 8.0),
    ]
    slow = []
    for meaning, (mine, other), least in rows:
        for clock, unit in ((1, "CPU"), (0, "wall")):
            a = [times[clock] for times in took[mine][0]]
            b = [times[clock] for times in took[other][1]]
            by_round = [theirs / ours for ours, theirs in zip(a, b)]
            ratio = statistics.median(b) / statistics.median(a)
            # Other programs on the machine change the wall clock, and the CPU time less.
            if unit == "CPU" and ratio < least:
                slow.append(f"{meaning}: expected at least {least:.0f} times faster")
            print(
                f"  {meaning}, {unit}: {statistics.median(a) * 1e3:.1f} ms, "
                f"{statistics.median(b) * 1e3:.1f} ms: {ratio:.1f} times faster "
                f"({min(by_round):.1f} to {max(by_round):.1f})"
            )
    if slow or apart > 1e-9:
        sys.exit("\n".join(["failed", *slow]))


if __name__ == "__main__":
    main()
