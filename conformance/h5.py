"""Compares prediction files of ours with those of pandas and PyTables: see conformance/h5.

The same frames go through pandas' writer and, by way of our reader, through ours. What must be
equal: what pandas.read_hdf gives (columns, names, types, index, bits), every attribute, the bytes
of the .csv. What differs on purpose and is not compared: the superblock's version, the chunk
length, the search index `_i_table`, which bytes a pickle has for the same value, empty titles
(ours are left out), and names with a carriage return (`csv` quotes them in newer versions of
Python only, we do always).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tables

KEY = "df_with_missing"
LEVELS = ["scorer", "bodyparts", "coords"]
FIXED_LEVELS = ["scorer", "individuals", "bodyparts", "coords"]
FIXED_KEY = "predictions"
COORDS = ["x", "y", "likelihood"]
ODD_NAMES = [
    "snout", "left_ear", "leftear", "x", "y", "likelihood", "bodyparts", "left ear", " lead",
    "a,b", 'the "tip"', "it's", "back\\slash", "\\u0041", "line\nbreak", "tab\there", "é", "Öhrchen",
    "µ\xff\xa0", "尾巴", "🐭", "mixed é尾🐭", "#1", "1", "0.5", "nan", "None", "n" * 200, "-", ";",
]  # fmt: skip


class Report:
    """Counts comparisons and keeps what differs."""

    def __init__(self):
        self.files = 0
        self.csv_files = 0
        self.largest = 0.0
        self.problems = []

    def check(self, equal, *what):
        if not equal:
            self.problems.append(": ".join(map(str, what)))

    def frames(self, name, ours, theirs):
        """Compares two frames to the last bit."""
        self.check(list(ours.columns) == list(theirs.columns), name, "columns")
        self.check(list(ours.columns.names) == list(theirs.columns.names), name, "level names")
        self.check(ours.dtypes.tolist() == theirs.dtypes.tolist(), name, "dtype")
        self.check(ours.index.dtype == theirs.index.dtype, name, "index dtype")
        self.check(ours.index.equals(theirs.index), name, "index")
        self.check(ours.index.name == theirs.index.name, name, "index name")
        a, b = ours.to_numpy(), theirs.to_numpy()
        if a.shape != b.shape:
            self.check(False, name, "shape", a.shape, b.shape)
            return
        self.check(a.tobytes() == b.tobytes(), name, "bits")
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.abs(a.astype(np.float64) - b.astype(np.float64))
        difference = difference[~np.isnan(difference)]
        if difference.size:
            self.largest = max(self.largest, float(difference.max()))


def random_frame(rng, case):
    """Returns a frame as DeepLabCut makes one."""
    dtype = [np.float64, np.float32][case % 2]
    rows = [0, 1, 3000][case] if case < 3 else int(3000 * rng.random() ** 3)
    parts = [40, 1][case] if case < 2 else 1 + int(40 * rng.random() ** 2)
    names = [f"part{i}" for i in range(parts)]
    for place in rng.permutation(parts)[: rng.integers(0, parts + 1)]:
        name = ODD_NAMES[rng.integers(len(ODD_NAMES))]
        if name not in names:
            names[place] = name
    scorer = ["DLC_resnet50_openfieldOct30shuffle1_1030000", "DLC_ünïcode,尾", "s" * 300][case % 3]
    outputs = rng.integers(1, 4) if case % 7 == 4 else 1
    coords = COORDS + [f"{c}{n}" for n in range(2, outputs + 1) for c in COORDS]
    kind = [None, "pictures", "fixed"][case % 11 % 3 if case > 2 else 0]
    if kind == "fixed":
        names = [name if name != "nan" else "nAn" for name in names]  # NaN when pandas reads it
    rows = max(rows, 1) if kind else rows  # pandas writes no table without rows
    levels = [[scorer], ["individual_1"], names, coords]
    if kind != "fixed":
        del levels[1]
    level_names = LEVELS if kind != "fixed" else FIXED_LEVELS
    columns = pd.MultiIndex.from_product(levels, names=level_names)
    values = random_values(rng, (rows, len(columns)), dtype)
    index = [picture_name(rng, i) for i in range(rows)] if kind else range(rows)
    return pd.DataFrame(values, columns=columns, index=index)


def picture_name(rng, row):
    """Returns the name of a picture: of several lengths, with odd letters."""
    odd = ODD_NAMES[rng.integers(len(ODD_NAMES))].replace("\n", "_")
    return f"{odd}{row:0{rng.integers(1, 6)}}.png"


def random_values(rng, shape, dtype):
    """Returns numbers of all kinds, with rows that are NaN."""
    with np.errstate(all="ignore"):
        bits = rng.integers(0, 2 ** (8 * dtype().itemsize), shape, np.uint64)
        bits = bits.astype([np.uint32, np.uint64][dtype is np.float64]).view(dtype)
        kinds = [
            rng.normal(300, 200, shape),
            rng.random(shape),
            rng.integers(-5000, 5000, shape),
            bits,
            2.0 ** rng.integers(-160, 130, shape),
            10.0 ** rng.integers(-50, 40, shape) * rng.choice([1, 1, -1, 1.5], shape),
            rng.choice([1e16, 1e15, 9.999e15, 1e-4, 1e-5, 9.9999e-5, 0.0, -0.0, np.inf], shape),
            dtype().dtype.type(0) + np.finfo(dtype).tiny * rng.random(shape),
        ]
        kind = rng.integers(0, 24, shape).clip(0, len(kinds) * 3)
        values = kinds[0].astype(dtype)
        for i, other in enumerate(kinds):
            values = np.where(kind == i, other.astype(dtype), values)
    values[np.isnan(values)] = np.nan
    values[rng.random(shape[0]) < 0.1] = np.nan
    values[rng.random(shape) < 0.02] = np.nan
    return values.astype(dtype)


def write_theirs(frame, path):
    """Writes a frame with DeepLabCut's call; pandas writes no table without rows, so cut one."""
    if list(frame.columns.names) == FIXED_LEVELS:
        frame.to_hdf(path, key=FIXED_KEY, mode="w")
        return
    if len(frame):
        frame.to_hdf(path, key=KEY, format="table", mode="w")
        return
    one = pd.DataFrame(np.zeros((1, frame.shape[1]), frame.dtypes.iloc[0]), columns=frame.columns)
    one.to_hdf(path, key=KEY, format="table", mode="w")
    with tables.open_file(path, "a") as file:
        file.get_node(f"/{KEY}/table").remove_rows(0)


def is_ours_to_read(path):
    """Returns whether a file holds one animal, in the frames of a video or in pictures."""
    with tables.open_file(path) as file:
        if FIXED_KEY in file.root:
            return True
        if KEY not in file.root or file.root[KEY]._v_attrs.pandas_type != "frame_table":
            return False
        group = file.root[KEY]
        table = group.table
        levels = group._v_attrs.info[1]["names"]
        coords = {name[-1] for name in table.attrs.values_block_0_kind}
        return levels == LEVELS and "likelihood" in coords


def attributes(path):
    """Returns every attribute of every node but the search index."""
    found = {}
    with tables.open_file(path) as file:
        for node in file.walk_nodes("/"):
            name = node._v_pathname
            if "/_i_" in name:
                continue
            attrs = node._v_attrs
            found[name] = {key: attrs[key] for key in attrs._f_list("all")}
            if isinstance(node, tables.Table):
                found[name]["(description)"] = repr(node.description)
    return found


def compare_files(report, name, theirs_path, ours_path):
    """Compares what pandas and PyTables find in two files."""
    with tables.open_file(theirs_path) as file:
        fixed = FIXED_KEY in file.root
    key = FIXED_KEY if fixed else KEY
    theirs, ours = pd.read_hdf(theirs_path, key=key), pd.read_hdf(ours_path, key=key)
    report.frames(name, ours, theirs)
    report.frames(f"{name} without key", pd.read_hdf(ours_path), theirs)
    if not fixed:
        end = 2 if theirs.index.dtype == np.int64 else sorted(theirs.index)[len(theirs) // 2]
        if str(end).replace(".", "").isalnum() and str(end).isascii():  # numexpr refuses others
            query = pd.read_hdf(ours_path, where="index>end")
            report.frames(f"{name} where", query, pd.read_hdf(theirs_path, where="index>end"))

    a, b = attributes(ours_path), attributes(theirs_path)
    report.check(a.keys() == b.keys(), name, "nodes", a.keys() ^ b.keys())
    for node in a.keys() & b.keys():
        # Python 2 and old versions of pandas: other attributes, other text types.
        for key in a[node].keys() | b[node].keys():
            x, y = a[node].get(key, "missing"), b[node].get(key, "missing")
            if key == "TITLE" and x == "missing":
                x = np.str_("")
            if key == "FIELD_0_FILL" and y == b"":
                continue  # ours is left out
            if key == "transposed":
                x, y = bool(x), bool(y)
            same = type(x) is type(y) and x == y
            report.check(same or old(name), name, f"{node}@{key}", x, y)

    with open(ours_path.with_suffix(".csv"), "rb") as file:
        csv = file.read()
    report.check(csv == theirs.to_csv(lineterminator="\n").encode(), name, "csv")
    report.files += 1
    report.csv_files += 1
    return theirs


def old(name):
    """Returns whether a file is of a version whose attributes were others."""
    return "legacy/" in name or "tracking/" in name or "h5_t_full" in name


def compare_append(report, name, frame, ours_path):
    """Lets pandas append to a file of ours."""
    more = frame.iloc[:3] if len(frame) else pd.DataFrame(
        np.ones((3, frame.shape[1]), frame.dtypes.iloc[0]), columns=frame.columns
    )  # fmt: skip
    with pd.HDFStore(ours_path, "a") as store:
        store.append(KEY, more)
    report.frames(f"{name} appended", pd.read_hdf(ours_path), pd.concat([frame, more]))


def run(program, folder, paths):
    """Copies files with our reader and writers; names stay the same."""
    folder.mkdir(exist_ok=True)
    subprocess.run([program, folder, *paths], check=True)


def compare_random(report, program, folder, cases, seed):
    rng = np.random.default_rng(seed)
    (folder / "theirs").mkdir()
    frames, paths = [], []
    for case in range(cases):
        frames.append(random_frame(rng, case))
        paths.append(folder / "theirs" / f"{case:04}.h5")
        write_theirs(frames[-1], paths[-1])
    run(program, folder / "ours", paths)
    again = [folder / "ours" / path.name for path in paths]
    run(program, folder / "again", again)
    for case, (frame, path) in enumerate(zip(frames, paths)):
        name, ours = f"random {case}", folder / "ours" / path.name
        theirs = compare_files(report, name, path, ours)
        report.frames(f"{name} to begin with", theirs, frame)
        copied = folder / "again" / path.name
        report.check(copied.read_bytes() == ours.read_bytes(), name, "a copy of a copy")
        if case % 4 == 0 and list(frame.columns.names) == LEVELS:
            compare_append(report, name, frame, ours)
    compare_csv_reader(report, program, folder, frames)


def compare_csv_reader(report, program, folder, frames):
    """Reads pandas' .csv files of 64-bit numbers, which say all that there is to say."""
    wide = [
        case
        for case, frame in enumerate(frames)
        if (frame.dtypes == np.float64).all() and frame.index.dtype == np.int64
    ]
    (folder / "csv").mkdir()
    paths = [folder / "csv" / f"{case:04}.csv" for case in wide]
    for case, path in zip(wide, paths):
        frames[case].to_csv(path, lineterminator="\n")
    run(program, folder / "from_csv", paths)
    for case, path in zip(wide, paths):
        read = pd.read_hdf(folder / "from_csv" / f"{case:04}.h5")
        report.frames(f"random {case} from csv", read, frames[case])
        report.csv_files += 1


def compare_reference(report, program, folder, reference):
    found = sorted(path for path in reference.rglob("*.h5") if is_ours_to_read(path))
    if not found:
        print(f"no reference files in {reference}: skipped", file=sys.stderr)
        return
    (folder / "reference").mkdir()
    paths = [folder / "reference" / f"{i:03}.h5" for i in range(len(found))]
    for source, path in zip(found, paths):
        shutil.copyfile(source, path)
    run(program, folder / "reference_ours", paths)
    for source, path in zip(found, paths):
        name = str(source.relative_to(reference))
        ours = folder / "reference_ours" / path.name
        compare_files(report, name, path, ours)
        csv = source.with_suffix(".csv")
        if csv.exists():
            same = without_folders(csv) == without_folders(ours.with_suffix(".csv"))
            report.check(same, name, "DeepLabCut's own csv")
            report.csv_files += 1


def without_folders(path):
    """Returns the lines of a .csv; pictures without their folder, which was renamed since."""
    lines = path.read_bytes().split(b"\n")
    return [line.rpartition(b"/")[2] if line.startswith(b"/") else line for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    reference = Path(os.environ.get("DLC_REFERENCE", root.parent / "shared" / "reference"))

    warnings.simplefilter("error")
    # Names that are no Python identifiers are fine as column names.
    warnings.simplefilter("ignore", tables.NaturalNameWarning)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        compare_reference(report, arguments.program, folder, reference)
        compare_random(report, arguments.program, folder, arguments.cases, arguments.seed)

    for problem in report.problems[:20]:
        print("DIFFERENT:", problem[:500], file=sys.stderr)
    print(
        f"h5: compared {report.files} h5 and {report.csv_files} csv files with pandas"
        f" {pd.__version__} and PyTables {tables.__version__}: {len(report.problems)} differences,"
        f" the largest between two numbers {report.largest}"
    )
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
