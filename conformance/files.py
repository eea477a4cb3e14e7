"""Compares files of every kind of ours with those of pandas and PyTables: see conformance/files.

Every table goes through pandas' writer and, by way of our reader, through ours; pandas must find the
same in both, to the last bit, and the .csv must be the same bytes. Pickles get a `Start Timestamp`,
and must otherwise be what they were.
"""

import argparse
import io
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tables

HERE = Path(__file__).resolve().parent
START = "2020-10-13T11:02:00+02:00"
NETWORK = "DLC_resnet50_miceOct30shuffle1_1000"
COORDS = ["x", "y", "likelihood"]
KINDS = ["one animal", "mice", "one mouse", "labels", "old labels", "evaluation", "bones", "pictures"]


class Opaque:
    """What stands for a class that is not installed."""

    def __init__(self, *args):
        self.args = args

    def __setstate__(self, state):
        self.state = state

    def __repr__(self):
        return f"{type(self).__name__}{self.args}{getattr(self, 'state', '')}"


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return super().find_class(module, name)
        except ImportError:
            return type(name, (Opaque,), {})


def load(data):
    return Unpickler(io.BytesIO(data), encoding="latin1").load()


def random_table(rng, case):
    """Returns a frame of each kind in turn, and how pandas is to store it."""
    kind = KINDS[case % len(KINDS)]
    dtype = [np.float64, np.float32][case // len(KINDS) % 2]
    rows = 1 + int(400 * rng.random() ** 2)
    parts = [f"part {i}" if i % 3 else f"é{i}" for i in range(1 + int(8 * rng.random()))]
    levels = ["scorer", "bodyparts", "coords"]
    with_individuals = ["scorer", "individuals", "bodyparts", "coords"]
    index, store = range(rows), {"format": "table"}
    pictures = [("labeled-data", f"v{i % 2}", f"img{i:04}.png") for i in range(rows)]
    if kind in ["mice", "one mouse"]:
        names = ["mouse1", "mouse2", "mouse3"] if kind == "mice" else ["mouse"]
        columns = [(NETWORK, n, p, c) for n in names for p in parts for c in COORDS]
        if kind == "mice":
            columns += [(NETWORK, "single", "feeder", c) for c in COORDS]
        columns = pd.MultiIndex.from_tuples(columns, names=with_individuals)
    elif kind == "bones":
        names = ["length", "orientation", "likelihood"]
        columns = pd.MultiIndex.from_product([parts, names])
    else:
        coords = COORDS[:2] if "labels" in kind else COORDS
        columns = pd.MultiIndex.from_product([[NETWORK], parts, coords], names=levels)
    if kind in ["labels", "evaluation"]:
        index, store = pd.MultiIndex.from_tuples(pictures), {"format": "fixed"}
    elif kind in ["old labels", "pictures"]:
        index = ["/".join(picture) for picture in pictures]
    if store["format"] == "table" and case % 3 == 0:
        store |= {"complevel": 5, "complib": "zlib"}
    values = rng.normal(300, 200, (rows, len(columns)))
    values[rng.random(values.shape) < 0.05] = np.nan
    values[rng.random(rows) < 0.1] = np.nan
    return pd.DataFrame(values.astype(dtype), columns=columns, index=index), store


def same(report, name, ours, theirs):
    """Notes what differs between two frames."""
    try:
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True, check_freq=False)
        assert list(ours.columns) == list(theirs.columns)
        assert ours.to_numpy().tobytes() == theirs.to_numpy().tobytes(), "bits"
    except AssertionError as error:
        report.append(f"{name}: {error}"[:600])


def copied(program, folder, name, paths):
    out = folder / name
    out.mkdir()
    subprocess.run([program, out, *paths], check=True)
    return [out / path.with_suffix(".h5").name for path in paths]


def compare_tables(report, program, folder, cases, seed):
    rng = np.random.default_rng(seed)
    (folder / "tables").mkdir()
    frames, paths = [], []
    for case in range(cases):
        frame, store = random_table(rng, case)
        frames.append(frame)
        paths.append(folder / "tables" / f"{case:03}.h5")
        frame.to_hdf(paths[-1], key=["df_with_missing", "any"][case % 5 == 0], mode="w", **store)
    ours = copied(program, folder, "tables_ours", paths)
    appended = 0
    for case, (frame, theirs, path) in enumerate(zip(frames, paths, ours)):
        name = f"table {case} ({KINDS[case % len(KINDS)]})"
        same(report, name, pd.read_hdf(path), pd.read_hdf(theirs))
        text = path.with_suffix(".csv").read_bytes()
        if text != frame.to_csv(lineterminator="\n").encode():
            report.append(f"{name}: csv")
        if frame.index.nlevels == 1:
            with pd.HDFStore(path, "a") as store:
                key = store.keys()[0]
                store.append(key, frame.iloc[:1])
            same(report, f"{name} appended", pd.read_hdf(path), pd.concat([frame, frame.iloc[:1]]))
            appended += 1
    # pandas' text of 64-bit numbers, read by us.
    wide = [case for case, frame in enumerate(frames) if (frame.dtypes == np.float64).all()]
    (folder / "text").mkdir()
    texts = [folder / "text" / f"{case:03}.csv" for case in wide]
    for case, path in zip(wide, texts):
        frames[case].to_csv(path, lineterminator="\n")
    for case, path in zip(wide, copied(program, folder, "text_ours", texts)):
        same(report, f"table {case} from csv", pd.read_hdf(path), frames[case])
    print(f"files: {cases} tables of {len(KINDS)} kinds, {len(wide)} from text, {appended} appended to")


def compare_reference_tables(report, program, folder, reference):
    found = sorted(reference.rglob("*.h5"))
    (folder / "reference").mkdir()
    paths = [folder / "reference" / f"{i:03}.h5" for i in range(len(found))]
    for source, path in zip(found, paths):
        shutil.copyfile(source, path)
    for source, path, ours in zip(found, paths, copied(program, folder, "reference_ours", paths)):
        same(report, source.relative_to(reference), pd.read_hdf(ours), pd.read_hdf(path))
    print(f"files: {len(found)} tables of the reference folder")


def compare_pickles(report, program, folder, reference):
    """Sets a start in metadata of DeepLabCut's, as they are and in every protocol."""
    found = sorted(path for path in reference.rglob("*.pickle") if "meta" in path.name)
    folder = folder / "pickles"
    folder.mkdir()
    before = {}
    for number, path in enumerate(found):
        data = path.read_bytes()
        variants = {"as it is": data}
        try:
            value = pickle.loads(data)
            variants |= {p: pickle.dumps(value, protocol=p) for p in range(6)}
        except ImportError:
            pass  # Classes of DeepLabCut: as it is only.
        for variant, data in variants.items():
            copy = folder / f"{number:03}_{variant}.pickle"
            copy.write_bytes(data)
            before[copy] = data
    for _ in range(2):  # the second time it stands there already
        subprocess.run([program, "--start", START, *before], check=True)
    for path, data in before.items():
        ours, theirs = load(path.read_bytes()), load(data)
        if ours["data"].pop("Start Timestamp", None) != START:
            report.append(f"{path.name}: no start")
        theirs["data"].pop("Start Timestamp", None)
        if repr(ours) != repr(theirs):
            report.append(f"{path.name}: {ours} {theirs}"[:400])
    print(f"files: {len(before)} pickles of {len(found)} metadata files")


def compare_readers(report, program, folder, reference):
    """Asks DeepLabCut's own readers, and movement, where a Python that has them is named."""
    sources = {
        "deeplabcut": ["deeplabcut/demo_clip/b1", "deeplabcut/cspnext_s_b1",
                       "deeplabcut/filter_median", "deeplabcut/filter_pt_median"],
        # It reads no file with unique body parts, neither theirs nor ours.
        "movement": ["deeplabcut/demo_clip/b1", "deeplabcut/cspnext_s_b1"],
    }  # fmt: skip
    for reader, variable in [("deeplabcut", "DLC_PYTHON"), ("movement", "DLC_KINEMATICS_PYTHON")]:
        python = os.environ.get(variable)
        if not python:
            print(f"files: {variable} is not set: readers of {reader} left out")
            continue
        pairs = folder / reader
        (pairs / "theirs").mkdir(parents=True)
        for source in sources[reader]:
            for path in sorted((reference / source).iterdir()):
                shutil.copyfile(path, pairs / "theirs" / path.name)
        copied(program, pairs, "ours", sorted((pairs / "theirs").glob("*.h5")))
        metadata = [shutil.copy(p, pairs / "ours") for p in (pairs / "theirs").glob("*_meta.pickle")]
        subprocess.run([program, "--start", START, *metadata], check=True)
        call = [python, HERE / "files_readers.py", reader, pairs]
        done = subprocess.run(call, capture_output=True, text=True)
        print(done.stdout.splitlines()[-1] if done.stdout else "")
        if done.returncode:
            report.append(f"readers of {reader}: {done.stderr[-600:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--cases", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    default = HERE.parent.parent / "shared" / "reference"
    reference = Path(os.environ.get("DLC_REFERENCE", default))

    # Names that are no Python identifiers are fine as column names.
    warnings.simplefilter("ignore", tables.NaturalNameWarning)
    report = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        compare_tables(report, arguments.program, folder, arguments.cases, arguments.seed)
        if reference.exists():
            compare_reference_tables(report, arguments.program, folder, reference)
            compare_pickles(report, arguments.program, folder, reference)
            compare_readers(report, arguments.program, folder, reference)
        else:
            print(f"files: no reference files in {reference}: skipped")
    for problem in report[:20]:
        print("DIFFERENT:", problem, file=sys.stderr)
    print(f"files: {len(report)} differences, with pandas {pd.__version__}, PyTables {tables.__version__}")
    sys.exit(1 if report else 0)


if __name__ == "__main__":
    main()
