"""Times reading and writing large prediction files beside pandas: see conformance/files-speed."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tables

KEY = "df_with_missing"


def make(folder, frames):
    """Makes the files: 12 body parts in 64 bits, NaN included, and 100 MB of text."""
    rng = np.random.default_rng(1)
    names = [["DLC_resnet50_mouseOct30shuffle1_1000"], [f"part{i}" for i in range(12)],
             ["x", "y", "likelihood"]]  # fmt: skip
    columns = pd.MultiIndex.from_product(names, names=["scorer", "bodyparts", "coords"])
    values = rng.random((frames, len(columns))) * 640
    values[rng.random(frames) < 0.01] = np.nan
    frame = pd.DataFrame(values, columns=columns)
    frame.to_hdf(folder / "big.h5", key=KEY, format="table", mode="w")
    frame.iloc[: 152_000 * frames // 1_000_000].to_csv(folder / "text.csv")


def pandas(mode, path, out):
    """What the other side does, in a process of its own."""
    text = path.endswith(".csv")

    def read():
        if text:
            return pd.read_csv(path, header=[0, 1, 2], index_col=0)
        return pd.read_hdf(path)

    def write():
        if text:
            frame.to_csv(out)
        else:
            frame.to_hdf(out, key=KEY, format="table", mode="w")
        if mode == "write-sync":
            with open(out, "rb+") as file:
                os.fsync(file.fileno())

    frame = None if mode == "read" else read()
    clock, processor = time.perf_counter(), time.process_time()
    frame = read() if mode == "read" else write()
    print(time.perf_counter() - clock, time.process_time() - processor)


def measured(command):
    """Runs a command, and returns what it printed and the most memory that it held, in MB."""
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, command
        out.seek(0)
        clock, processor = map(float, out.read().split())
    return clock, processor, usage.ru_maxrss / 1024


def main():
    if sys.argv[1] == "--pandas":
        return pandas(*sys.argv[2:5])
    if sys.argv[1] == "--make":
        return make(Path(sys.argv[2]), int(sys.argv[3]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{arguments.frames} frames, 12 body parts, float64; pandas {pd.__version__},"
          f" PyTables {tables.__version__}; fastest of {arguments.rounds} rounds in turn")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # In a process of its own: what this one has held counts as its children's memory too.
        making = [sys.executable, __file__, "--make", folder, str(arguments.frames)]
        subprocess.run(making, check=True)
        for name, mode in [("big.h5", "read"), ("big.h5", "write"), ("big.h5", "write-sync"),
                           ("text.csv", "read"), ("text.csv", "write")]:  # fmt: skip
            path = folder / name
            size = path.stat().st_size / 1e6
            sides = {"dlc-io": [arguments.program],
                     "pandas": [sys.executable, __file__, "--pandas"]}  # fmt: skip
            rounds = {side: [] for side in sides}
            for _ in range(arguments.rounds):
                for side, command in sides.items():
                    out = folder / f"out{path.suffix}"
                    rounds[side].append(measured([*command, mode, str(path), str(out)]))
            best = {side: min(found) for side, found in rounds.items()}
            for side, (clock, processor, memory) in best.items():
                print(f"{name} ({size:.0f} MB) {mode:10} {side}: {clock:6.3f} s,"
                      f" processor {processor:6.3f} s, {memory:5.0f} MB")  # fmt: skip
            ratio = [best["pandas"][i] / best["dlc-io"][i] for i in range(2)]
            print(f"{name} {mode}: {ratio[0]:.1f} times as fast on the clock, {ratio[1]:.1f} of the processor")


if __name__ == "__main__":
    main()
