"""Tables of every kind that pandas writes to .h5 and reads from .csv, beside ours: see conformance/cases.

What pandas reads is the right answer: names, their order, rows and numbers to the last bit. Poses are
compared with what pandas' own selection of columns and `reindex` of rows make. Where pandas itself
refuses to write, there is no case.
"""

import io
import json
import re
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tables

EXAMPLE = "dump_table"
NETWORK = "DLC_resnet50_miceOct30shuffle1_1000"
COORDS = ["x", "y", "likelihood"]
LEVELS = ["scorer", "bodyparts", "coords"]
DTYPES = ["float64", "float32", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16",
          "uint32", "bool", "object"]  # fmt: skip
COMPLIBS = [None, "zlib", "bzip2", "blosc", "blosc:blosclz", "blosc:lz4", "blosc:lz4hc", "blosc:zlib",
            "blosc:zstd"]  # fmt: skip
NA_WORDS = ["NA", "N/A", "#N/A", "#N/A N/A", "#NA", "null", "NULL", "nan", "NaN", "-nan", "-NaN",
            "None", "<NA>", "n/a", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", ""]  # fmt: skip


# What we read.


def dump(program, paths, *options):
    """Returns what our readers make of files."""
    done = subprocess.run([program, *options, *paths], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"dump_table: {done.stderr[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def floats(rows):
    """Returns rows of JSON as an array: null is NaN."""
    words = {None: np.nan, "inf": np.inf, "-inf": -np.inf}
    return np.array([[words[n] if n in words else n for n in row] for row in rows], dtype=float)


# What pandas reads.


def text(name):
    """Returns a name as pandas prints it."""
    if isinstance(name, tuple):
        return repr(name)
    if name is None or (isinstance(name, float) and np.isnan(name)):
        return ""
    if isinstance(name, (float, np.floating)):
        return repr(float(name))
    if isinstance(name, pd.Timestamp) and name.tz:
        name = name.tz_convert("UTC").tz_localize(None)
    return str(name)


def row_text(name):
    return "/".join(map(text, name)) if isinstance(name, tuple) else text(name)


def numbers(frame):
    """Returns the numbers of a frame; objects, bools and texts become numbers."""
    cells = [[np.nan if cell is None else float(cell) for cell in frame.iloc[:, i]] for i in range(frame.shape[1])]
    return np.array(cells).T.reshape(frame.shape)


def same_names(ours, theirs):
    """Compares names; those that are numbers may be printed in two ways."""
    if len(ours) != len(theirs):
        return False

    def key(name):
        try:
            return float(name)
        except ValueError:
            return name

    return all(a == b or key(a) == key(b) for a, b in zip(ours, theirs))


def compare_table(ours, frame):
    """Returns where a table differs from pandas' frame."""
    if "error" in ours:
        return [f"not read: {ours['error']}"]
    found = []
    multi = isinstance(frame.columns, pd.MultiIndex)
    columns = [[text(n) for n in c] if multi else [text(c)] for c in frame.columns]
    levels = [None if n is None else text(n) for n in frame.columns.names]
    if ours["columns"] != columns:
        found.append(f"columns {str(ours['columns'])[:200]}, pandas {str(columns)[:200]}")
    if [level or None for level in ours["levels"]] != levels:
        found.append(f"levels {ours['levels']}, pandas {levels}")
    rows = [row_text(name) for name in frame.index]
    if not same_names(ours["rows"], rows):
        found.append(f"rows {ours['rows'][:5]}, pandas {rows[:5]}")
    values = floats(ours["values"]).reshape(len(ours["rows"]), len(ours["columns"]))
    return found + compare_numbers(values, numbers(frame))


def compare_numbers(ours, theirs):
    if ours.shape != theirs.shape:
        return [f"shape {ours.shape}, pandas {theirs.shape}"]
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return []
    place = tuple(np.argwhere(~same)[0])
    return [f"{(~same).sum()} numbers, the first at {place}: {ours[place]}, pandas {theirs[place]}"]


def stripped(frame):
    """Returns a frame whose columns have texts for names, without blanks around them."""
    names = [tuple(text(name).strip() for name in column) for column in frame.columns]
    return frame.set_axis(pd.MultiIndex.from_tuples(names, names=frame.columns.names), axis=1)


def compare_poses(ours, frame, what):
    """Returns where poses differ from pandas' own selection; rows are frames."""
    if "error" in ours:
        return [f"{what} not read: {ours['error']}"]
    frame = stripped(frame)
    last = len(frame.columns.names) - 2
    parts = list(dict.fromkeys(column[last] for column in frame.columns))
    if ours["bodyparts"] != parts:
        return [f"{what}: body parts {ours['bodyparts']}, pandas {parts}"]
    if what == "predictions":
        frame.index = frame.index.astype(float).astype(int)
        frame = frame.reindex(range(frame.index.max() + 1)) if len(frame) else frame
    values = np.full((len(frame), len(parts), 3), np.nan)
    all_numbers = numbers(frame)
    for place, column in enumerate(frame.columns):
        values[:, parts.index(column[last]), COORDS.index(column[-1])] = all_numbers[:, place]
    theirs = values.reshape(len(frame), -1)
    return [f"{what}: {d}" for d in compare_numbers(floats(ours["values"]).reshape(theirs.shape), theirs)]


def compare_refusal(ours, expected):
    """Returns a difference when the error is not the one that names the fault."""
    error = ours.get("error", "nothing")
    return [] if expected in error else [f"expected an error with {expected!r}, found {error!r}"]


# HDF5.


def columns_of(rng, kind):
    parts = [f"part {i}" if i % 3 else f"é{i}" for i in range(1 + int(5 * rng.random()))]
    rng.shuffle(parts)
    if kind == "integer parts":
        parts = [int(n) for n in rng.permutation(12)[: len(parts)]]
    if kind == "mice":
        names = [(NETWORK, n, p, c) for n in ["b", "a"] for p in parts for c in COORDS]
        names += [(NETWORK, "single", "feeder", c) for c in COORDS]
        return pd.MultiIndex.from_tuples(names, names=[LEVELS[0], "individuals", *LEVELS[1:]])
    if kind == "flat":
        return pd.Index([f"error {i}" for i in rng.permutation(1 + len(parts))])
    if kind == "space":
        return pd.MultiIndex.from_product([["cam 1 + cam 2"], parts, ["x", "y", "z"]], names=LEVELS)
    if kind == "tuple scorer":
        names = [(("a", "b"), p, c) for p in parts for c in ["x", "y", "z"]]
        return pd.MultiIndex.from_tuples(names, names=LEVELS)
    if kind == "two scorers":
        return pd.MultiIndex.from_product([["Ann", "Bob"], parts, COORDS[:2]], names=LEVELS)
    coords = COORDS[:2] if kind == "labels" else COORDS
    scorer = "Ann" if kind == "labels" else NETWORK
    return pd.MultiIndex.from_product([[scorer], parts, coords], names=LEVELS)


INDICES = ["range", "start", "gaps", "shuffled", "int32", "int8", "uint16", "float", "float32", "pictures",
           "paths", "times", "times utc", "mixed"]  # fmt: skip


def index_of(rng, kind, rows):
    numbers = np.sort(rng.permutation(3 * rows)[:rows])
    match kind:
        case "start":
            return pd.RangeIndex(5, 5 + rows)
        case "gaps":
            return pd.Index(numbers)
        case "shuffled":
            return pd.Index(rng.permutation(rows))
        case "int32" | "uint16" | "float32":
            return pd.Index(np.arange(rows).astype(kind))
        case "int8":
            return pd.Index((np.arange(rows) % 100).astype(kind))
        case "float":
            return pd.Index(numbers.astype(float))
        case "pictures":
            return pd.Index([f"labeled-data/v/größe{i:03}.png" for i in range(rows)])
        case "paths":
            return pd.MultiIndex.from_tuples([("labeled-data", f"v{i % 2}", f"{i}.png") for i in range(rows)])
        case "times" | "times utc":
            times = pd.Timestamp("2020-02-29 23:59:58.25") + pd.to_timedelta(numbers, unit="ms")
            return times.tz_localize("Europe/Oslo") if kind == "times utc" else pd.DatetimeIndex(times)
        case "mixed":
            return pd.Index([i if i % 2 else f"{i}.png" for i in range(rows)], dtype=object)
    return pd.RangeIndex(rows)


def random_frame(rng, kind, index):
    rows = 1 + int(60 * rng.random() ** 2)
    columns = columns_of(rng, kind)
    values = rng.normal(100, 80, (rows, len(columns)))
    frame = pd.DataFrame(values, columns=columns, index=index_of(rng, index, rows))
    if rng.random() < 0.3:
        frame = frame.mask(rng.random(frame.shape) < 0.2)
    chosen = DTYPES if rng.random() < 0.7 else DTYPES[:3]
    few = rng.choice(chosen, size=1 + int(4 * rng.random()))
    series = []
    for place in range(len(columns)):
        dtype = rng.choice(few)
        column = frame.iloc[:, place]
        if "int" in dtype:
            column = column.fillna(7).abs().clip(0, 120)
        if dtype == "bool":
            column = column > 100
        series.append(column.astype(dtype))
    return pd.concat(series, axis=1, keys=None).set_axis(columns, axis=1)


def shuffle_blocks(rng, path):
    """Lists the blocks of a table in another order, which pandas follows."""
    with tables.open_file(path, "a") as file:
        for group in file.walk_groups():
            if "values_cols" in group._v_attrs and len(group._v_attrs.values_cols) > 1:
                names = group._v_attrs.values_cols
                group._v_attrs.values_cols = [names[i] for i in rng.permutation(len(names))]


def written(rng, folder, number):
    """Writes a random frame and returns its name, path, options and kind, or None."""
    kind = rng.choice(["one animal", "mice", "labels", "flat", "integer parts", "space", "tuple scorer",
                       "two scorers", "series"])  # fmt: skip
    index = rng.choice(INDICES)
    frame = random_frame(rng, "flat" if kind == "series" else kind, index)
    if kind == "series":
        frame = frame.iloc[:, 0]
    complib = rng.choice(COMPLIBS)
    options = {"format": rng.choice(["table", "fixed"])}
    if complib:
        options |= {"complib": str(complib), "complevel": int(1 + 8 * rng.random())}
        options |= {"fletcher32": True} if rng.random() < 0.2 else {}
    if kind == "flat" and options["format"] == "table" and rng.random() < 0.5:
        options["data_columns"] = True
    key = str(rng.choice(["df_with_missing", "any", "a/b"]))
    path = folder / f"{number:04}.h5"
    try:
        frame.to_hdf(path, key=key, mode="w", **options)
        if rng.random() < 0.3 and "data_columns" not in options:
            shuffle_blocks(rng, path)
        read = pd.read_hdf(path)
    except (TypeError, ValueError, NotImplementedError, OverflowError, AttributeError):
        return None
    read = read.to_frame() if isinstance(read, pd.Series) else read
    name = f"{number} {kind}, {index}, {options}, {key}"
    return name, path, kind, index, read


def compare_h5(ours, kind, index, frame):
    found = compare_table(ours["table"], frame)
    frames = index in ["range", "start", "gaps", "shuffled", "int32", "uint16", "float", "float32"]
    if kind in ["one animal", "integer parts"]:
        found += compare_frames(ours, frame, frames, index)
    elif kind == "mice" and frames and "error" not in ours["individuals"]:
        for mouse in ["a", "b", "single"]:
            part = stripped(frame).xs(mouse, axis=1, level="individuals")
            found += compare_poses(ours["individuals"][mouse], part, "predictions")
    elif kind == "mice" and frames:
        found += [f"individuals not read: {ours['individuals']['error']}"]
    elif kind == "labels" and index in ["pictures", "paths", "mixed"]:
        labels = ours["labels"]
        found += compare_poses(labels if "error" in labels else labels[""], frame, "labels")
    elif kind in ["space", "tuple scorer"] and frames:
        found += compare_refusal(ours["predictions"], "coordinates in space")
    elif kind == "two scorers":
        wanted = "scorers Ann, Bob" if index in ["pictures", "paths", "mixed"] else "frames of a video"
        wanted = "moments" if index.startswith("times") else wanted
        found += compare_refusal(ours["labels"], wanted)
    return found


def compare_frames(ours, frame, frames, index):
    if frames:
        return compare_poses(ours["predictions"], frame, "predictions")
    if index == "int8":
        doubled = frame.index.duplicated().any()
        return [] if doubled else compare_poses(ours["predictions"], frame, "predictions")
    wanted = "moments" if index.startswith("times") else "pictures"
    return compare_refusal(ours["predictions"], wanted)


def random_h5(program, folder, seed, count):
    rng = np.random.default_rng(seed)
    files = [case for number in range(count) if (case := written(rng, folder, number))]
    for (name, _, kind, index, frame), ours in zip(files, dump(program, [case[1] for case in files])):
        yield f"h5 {name}", compare_h5(ours, kind, index, frame)


def network(rows=4, parts=("snout", "left ear"), scorer=NETWORK, coords=COORDS):
    columns = pd.MultiIndex.from_product([[scorer], parts, coords], names=LEVELS)
    values = 100.0 * np.arange(rows)[:, None] + np.arange(len(columns)) / 7
    return pd.DataFrame(values, columns=columns)


def chosen_h5(program, folder, seed):
    """Single cases, with their own expectations."""
    rng = np.random.default_rng(seed)

    def one(path, *options):
        return dump(program, [path], *options)[0]

    for complib in ["blosc2", "blosc2:zstd"]:
        path = folder / f"{complib.replace(':', '_')}.h5"
        network(400).to_hdf(path, key="df_with_missing", format="table", complib=complib, complevel=5)
        wanted = f"compressed by {complib.split(':')[0]}, which is not read"
        yield f"h5 {complib}", compare_refusal(one(path)["table"], wanted)

    for name, value in [("zeros", 0.0), ("noise", None)]:
        for complib in filter(None, COMPLIBS):
            for form in ["table", "fixed"]:
                frame = network(8_000)
                frame.loc[:] = rng.normal(size=frame.shape) if value is None else value
                path = folder / f"{name}.h5"
                frame.to_hdf(path, key="k", mode="w", format=form, complib=complib, complevel=9)
                yield f"h5 large {name} {complib} {form}", compare_table(one(path)["table"], frame)

    path = folder / "categories.h5"
    frame = network()
    frame[(NETWORK, "snout", "x")] = pd.Categorical([30, 10, 30, None], categories=[10, 30])
    frame[(NETWORK, "left ear", "y")] = pd.Categorical(["1.5", "2", "1.5", "2"])
    frame.to_hdf(path, key="df_with_missing", format="table", mode="w")
    found = compare_h5(one(path), "one animal", "range", pd.read_hdf(path))
    yield "h5 categories", found

    path = folder / "texts.h5"
    frame = network()
    frame[(NETWORK, "snout", "x")] = ["1.5", np.nan, "-3e2", "7"]
    for form in ["table", "fixed"]:
        frame.to_hdf(path, key="df_with_missing", format=form, mode="w")
        yield f"h5 texts {form}", compare_h5(one(path), "one animal", "range", pd.read_hdf(path))
    frame[(NETWORK, "snout", "x")] = ["1.5", "1,234.5", "2", "3"]
    for form in ["table", "fixed"]:
        frame.to_hdf(path, key="df_with_missing", format=form, mode="w")
        wanted = "row 1 (from 0), column"
        yield f"h5 thousands {form}", compare_refusal(one(path)["table"], wanted)
    frame[(NETWORK, "snout", "x")] = pd.date_range("2020", periods=4)
    for form in ["table", "fixed"]:
        frame.to_hdf(path, key="df_with_missing", format=form, mode="w")
        yield f"h5 times as numbers {form}", compare_refusal(one(path)["table"], "expected numbers")

    path = folder / "nothing.h5"
    network().iloc[:0].to_hdf(path, key="df_with_missing", mode="w")
    yield "h5 without rows", compare_table(one(path)["table"], pd.read_hdf(path))

    frame = network()
    for name, index, wanted in [
        ("negative", [-1, 0, 1, 2], "frame -1: a frame is not negative"),
        ("doubled", [0, 1, 1, 2], "frame 1: the frame stands more than once"),
        ("distant", [0, 1, 2, 10**12], "frame 1000000000000: expected fewer"),
        ("half", [0.0, 0.5, 1.0, 1.5], "frame 0.5: expected a whole number"),
    ]:
        for form in ["table", "fixed"]:
            path = folder / f"{name}.h5"
            frame.set_axis(index).to_hdf(path, key="df_with_missing", format=form, mode="w")
            ours = one(path)
            found = compare_table(ours["table"], pd.read_hdf(path))
            yield f"h5 {name} {form}", found + compare_refusal(ours["predictions"], wanted)

    path = folder / "keys.h5"
    frame.to_hdf(path, key="a/b", mode="w", format="table")
    frame.astype("int32").to_hdf(path, key="c")
    ours = one(path)
    yield "h5 keys", [] if ours["keys"] == ["a/b", "c"] else [f"keys {ours['keys']}"]
    for key in ["a/b", "/c"]:
        yield f"h5 key {key}", compare_table(one(path, "--key", key)["table"], pd.read_hdf(path, key))

    path = folder / "scorers.h5"
    both = pd.concat([network(scorer="Bob", coords=COORDS[:2]), network(scorer="Ann", coords=COORDS[:2])], axis=1)
    both.index = [f"labeled-data/v/{i}.png" for i in range(4)]
    both.to_hdf(path, key="df_with_missing", mode="w")
    yield "h5 two scorers", compare_refusal(one(path)["labels"], "scorers Bob, Ann: choose one")
    for scorer in ["Ann", "Bob"]:
        # DeepLabCut: `Data[cfg["scorer"]]`.
        labels = one(path, "--scorer", scorer)["labels"]
        yield f"h5 labels of {scorer}", compare_poses(labels.get("", labels), both[[scorer]], "labels")


# Text.


def spoiled(rng, frame):
    """Returns a text as spreadsheets leave it, and what they did to it."""
    done, separator, decimal = [], ",", "."
    if rng.random() < 0.3:
        separator = rng.choice([";", "\t", "|"])
        decimal = "," if rng.random() < 0.5 else "."
        done.append(f"{separator!r} {decimal!r}")
    if rng.random() < 0.3 and pd.api.types.is_integer_dtype(frame.index):
        frame = frame.set_axis(frame.index.astype(float))
        done.append("0.0")
    quoting = int(rng.choice([0, 0, 1, 2]))
    na = "" if rng.random() < 0.3 else rng.choice(NA_WORDS)
    written = frame.to_csv(sep=separator, decimal=decimal, na_rep=na, quoting=quoting, lineterminator="\n")
    done += [f"quoting {quoting}", f"{na!r}"]
    lines = written.split("\n")[:-1]
    head = frame.columns.nlevels
    if rng.random() < 0.25:
        width = len(frame.columns) + frame.index.nlevels
        lines += [separator * (width - 1)] * int(1 + 2 * rng.random())
        done.append("a line of separators")
    if rng.random() < 0.25:
        lines = [line + separator * 2 for line in lines]
        done.append("empty last columns")
    if rng.random() < 0.2 and quoting == 0 and decimal == ".":
        lines = [line.replace(separator, separator + " ") for line in lines]
        done.append("blanks behind separators")
    if rng.random() < 0.2:
        place = head + int((len(lines) - head) * rng.random())
        lines.insert(place, "" if rng.random() < 0.5 else "  ")
        done.append("a blank line")
    end = str(rng.choice(["\n", "\n", "\r\n", "\r"]))
    text = end.join(lines) + (end if rng.random() < 0.8 else "")
    done.append(repr(end))
    if rng.random() < 0.25:
        text = "\ufeff" + text
        done.append("mark")
    return text, ", ".join(done), separator, decimal


def without_words(cell):
    return np.nan if isinstance(cell, str) and cell.strip() in NA_WORDS else cell


def read_csv(text, levels, names, separator=",", decimal="."):
    """Returns what pandas reads, without rows and last columns that have nothing in them."""
    frame = pd.read_csv(
        io.StringIO(text.removeprefix("\ufeff")), header=list(range(levels)), index_col=list(range(names)),
        sep=separator, decimal=decimal, float_precision="round_trip",
    )  # fmt: skip
    if names == 1:
        frame = frame.set_axis(frame.index.get_level_values(0))
    # Blanks before a word keep pandas from reading it.
    frame = frame.map(without_words)
    unnamed = [all(re.fullmatch(r"\s*(Unnamed: .*)?(\.\d+)?", str(n)) for n in c) for c in frame.columns]
    frame = frame.loc[:, ~(np.array(unnamed) & frame.isna().all().to_numpy())]
    index = frame.index.to_frame().map(without_words).isna().all(axis=1).to_numpy()
    return frame[~(index & frame.isna().all(axis=1).to_numpy())]


def random_csv(program, folder, seed, count):
    rng = np.random.default_rng(seed)
    files = []
    for number in range(count):
        kind = rng.choice(["one animal", "mice", "labels", "integer parts"])
        index = rng.choice(["range", "start", "gaps", "shuffled", "pictures", "paths"])
        rows = 1 + int(30 * rng.random() ** 2)
        columns = columns_of(rng, kind)
        scale = 10.0 ** rng.integers(-8, 20, (1, len(columns)))
        values = rng.normal(0, 1, (rows, len(columns))) * scale
        values[rng.random(values.shape) < 0.15] = np.nan
        frame = pd.DataFrame(values, columns=columns, index=index_of(rng, index, rows))
        text, done, separator, decimal = spoiled(rng, frame)
        path = folder / f"{number:04}.csv"
        path.write_bytes(text.encode())
        theirs = read_csv(text, columns.nlevels, frame.index.nlevels, separator, decimal)
        files.append((f"{number} {kind}, {index}, {done}", path, kind, index, theirs))
    for (name, _, kind, index, frame), ours in zip(files, dump(program, [file[1] for file in files])):
        yield f"csv {name}", compare_h5(ours, kind, index, frame)


def chosen_csv(program, folder):
    header = "scorer,S,S,S\nbodyparts,a,a,a\ncoords,x,y,likelihood\n"
    path = folder / "chosen.csv"

    def one(text):
        path.write_bytes(text.encode())
        return dump(program, [path])[0]

    for name, rows in [
        ("short rows", "0,1,2,3\n1,1\n2\n3,,,4\n"),
        ("numbers", "0, 1 ,1e3,inf\n1,-inf,.5,1.\n2,+1,-0.0,Infinity\n3,1E-300,0,1e40\n"),
        ("words", "".join(f"{i},{word},1,2\n" for i, word in enumerate(NA_WORDS))),
        ("zeros", "0.0,1,2,3\n1.0,4,5,6\n2.0,7,8,9\n"),
        ("unsorted", "3,1,2,3\n1,4,5,6\n"),
        ("quotes", '"0","1","2","3"\n"1",,"",5\n'),
        ("lines", "\n0,1,2,3\n\n\n1,4,5,6\n\n"),
        ("behind quotes", '0,"1"5,2,3\n'),
    ]:
        theirs = read_csv(header + rows, 3, 1)
        yield f"csv {name}", compare_h5(one(header + rows), "one animal", "range", theirs)
    for name, rows, wanted in [
        ("thousands", '0,"1,234.5",2,3\n', 'line 4, column 2: expected a number or nothing, found "1,234.5"'),
        ("words", "0,1,2,3\n1,1,low,3\n", 'line 5, column 3: expected a number or nothing, found "low"'),
        ("long rows", "0,1,2,3,4\n", "line 4: expected 4 fields, found 5"),
        ("open quote", '0,"1,2,3\n', "expected a quote at the end"),
        ("without names", ",1,2,3\n", "line 4, column 1: expected the name of the row"),
        ("negative", "-1,1,2,3\n", "frame -1: a frame is not negative"),
        ("doubled", "0,1,2,3\n0,1,2,3\n", "frame 0: the frame stands more than once"),
        ("distant", "1000000000000,1,2,3\n", "expected fewer than"),
        ("half", "0.5,1,2,3\n", "frame 0.5: expected a whole number"),
    ]:
        yield f"csv refused {name}", compare_refusal(one(header + rows)["predictions"], wanted)
    european = header.replace(",", ";")
    for name, rows, wanted in [
        ("both signs", "0;1,5;2.5;3\n", "line 4, column 3"),
        ("thousands", "0;1.234,5;2;3\n", "line 4, column 2"),
    ]:
        yield f"csv refused ; {name}", compare_refusal(one(european + rows)["predictions"], wanted)
    yield "csv refused UTF-16", compare_refusal(dump_utf16(program, path, header), "text in UTF-8")


def dump_utf16(program, path, header):
    path.write_bytes(header.encode("utf-16"))
    return dump(program, [path])[0]["table"]


# Given inputs.


def read_any_hdf(path):
    """Reads a file that any pandas wrote: 3.0 leaves out the version that 2.3 asks for."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, folder)
        with tables.open_file(copy, "a") as file:
            for group in file.walk_groups():
                if "pandas_type" in group._v_attrs and "pandas_version" not in group._v_attrs:
                    group._v_attrs.pandas_version = "0.15.2"
        return pd.read_hdf(copy)


def given(program, folder):
    for path in sorted([*folder.rglob("*.h5"), *folder.rglob("*.csv")]):
        ours = dump(program, [path])[0]
        if path.suffix == ".h5":
            frame = read_any_hdf(path)
        else:
            text = path.read_text()
            lines = text.splitlines()
            levels = 4 if lines[1].startswith("individuals") else 3
            names = 1 + len(lines[0].split(",")[1:]) - len(lines[0].lstrip("scorer").lstrip(",").split(","))
            frame = read_csv(text, levels, max(names, 1))
        found = compare_table(ours["table"], frame)
        numbered = pd.api.types.is_numeric_dtype(frame.index)
        if not numbered and "error" in ours["labels"] and "error" in ours["pictures"]:
            found.append(f"neither labels nor pictures: {ours['labels']['error']}")
        if numbered and list(frame.columns.names) == LEVELS:
            found += compare_poses(ours["predictions"], frame, "predictions")
        yield f"given {path.name}", found


def cases(program, folder, seed=1):
    """Yields the name of each case, and its differences."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as made:
        made = Path(made)
        yield from given(program, folder)
        yield from chosen_h5(program, made, seed)
        yield from random_h5(program, made, seed, 500)
        yield from chosen_csv(program, made)
        yield from random_csv(program, made, seed, 400)
