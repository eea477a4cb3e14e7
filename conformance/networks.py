"""Runs our program on the cases that DeepLabCut has run and compares the files.

Called by conformance/networks, which tells how.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = pathlib.Path(os.environ["DLC_NETWORKS"])
MAX_LIKELIHOOD = 0.001
JUMP_PX = 1.0  # above it another cell was the peak
# Cells whose likelihoods are closer than this have no order: the maps of two programs differ by as much.
TIE = 5e-5


def goal_px(name):
    return 0.001 if "resnet" in name else 0.02


VERDICTS = {True: "good", False: "DIFFERS", None: "no goal"}


class NotYet(Exception):
    """What our program does not do."""


class Setup(typing.NamedTuple):
    """What runs our networks."""

    program: pathlib.Path
    device: str
    precision: str

    @property
    def is_full(self):
        return self.precision == "full"

    @property
    def title(self):
        return self.device if self.is_full else f"{self.device}, {self.precision} precision"


def command(setup, case, out, num_outputs=None):
    words = [
        "--shuffle", case["shuffle"], "--batch-size", case["batch_size"],
        "--statistics", "batch", "--device", setup.device, "--out", out, "--json",
    ]
    if not setup.is_full:
        words += ["--precision", setup.precision]
    keywords = dict(case["keywords"])
    if num_outputs:
        words += ["--num-outputs", num_outputs]
    if case.get("images"):
        words.append("--images")
    if "cropping" in keywords:
        words += ["--crop", ",".join(map(str, keywords.pop("cropping")))]
    if "dynamic" in keywords:
        _, threshold, margin = keywords.pop("dynamic")
        words += ["--dynamic", f"{threshold},{margin}"]
    if "top_down_dynamic" in keywords:
        box = keywords.pop("top_down_dynamic")
        words += ["--top-down-dynamic", f"{box['threshold']},{box['margin']},{box['min_hq_keypoints']}"]
    # The same numbers by another road of TensorFlow's.
    keywords.pop("TFGPUinference", None)
    assert not keywords, keywords
    return [str(word) for word in [setup.program, "analyze", case["config"], case.get("images") or case["clip_path"], *words]]


def ours(setup, case, num_outputs=None):
    """Returns our table, and how long it took."""
    with tempfile.TemporaryDirectory() as out:
        start = time.time()
        done = subprocess.run(command(setup, case, out, num_outputs), capture_output=True, text=True)
        if done.returncode == 2:
            raise NotYet(f"an option: {done.stderr.strip().splitlines()[0].removeprefix('error: ')}")
        if done.returncode:
            raise NotYet(done.stderr.strip().splitlines()[-1].split(": ")[-1])
        report = json.loads(done.stdout.strip().splitlines()[-1])
        assert pathlib.Path(report["h5"]).name == pathlib.Path(case["files"][".h5"]).name, report["h5"]
        return pd.read_hdf(report["h5"]), time.time() - start


def settle_ties(expected, found, more, goal):
    """Returns our table with DeepLabCut's choice among cells of equal likelihood where ours is above the goal.

    And how often that was.

    `more` is our table of more keypoints of each body part.
    """
    def keypoints(table):
        parts = table.columns.get_level_values("bodyparts").nunique()
        return table.to_numpy().reshape(len(table), parts, -1, 3)

    theirs, ours, others = map(keypoints, (expected, found.copy(), more))
    ties = 0
    for frame, part, output in np.ndindex(ours.shape[:3]):
        wanted, chosen, cells = theirs[frame, part, output], ours[frame, part, output], others[frame, part]
        equal = cells[abs(cells[:, 2] - chosen[2]) < TIE]
        if abs(wanted - chosen)[:2].max() > goal and len(equal) > 1:
            chosen[:] = min(equal, key=lambda cell: abs(cell - wanted).max())
            ties += 1
    return pd.DataFrame(ours.reshape(found.shape), found.index, found.columns), ties


def difference(expected, found):
    pd.testing.assert_index_equal(expected.columns, found.columns)
    pd.testing.assert_index_equal(expected.index, found.index)
    assert (expected.dtypes == found.dtypes).all()
    apart = (found - expected).abs()
    assert not apart.isna().any().any()
    # [frame, keypoint, x y likelihood]
    apart = apart.to_numpy().reshape(len(apart), -1, 3)
    jumped = (apart[..., :2] > JUMP_PX).any(axis=-1)
    kept = apart[~jumped]
    return {
        "px_max": float(kept[:, :2].max()), "px_mean": float(kept[:, :2].mean()),
        "likelihood_max": float(kept[:, 2].max()), "jumps": int(jumped.sum()),
    }


def run(setup, name, case):
    """Returns the result of one case."""
    if "fails" in case:
        return {"not_compared": f"DeepLabCut fails: {case['fails'].splitlines()[0]}"}
    if is_stale(case):
        return {"not_compared": "the weights were made again after DeepLabCut ran"}
    if has_random_padding(case):
        return {"not_compared": "DeepLabCut pads at random"}
    try:
        found, seconds = ours(setup, case)
    except NotYet as reason:
        return {"not_yet": str(reason)}
    expected = pd.read_hdf(case["files"][".h5"])
    if case.get("images"):
        # DeepLabCut's PyTorch engine takes the pictures of a folder in the disk's order; we sort.
        expected = expected.sort_index()
    outputs, ties = expected.columns.get_level_values("coords").nunique() // 3, None
    if outputs > 1:
        found, ties = settle_ties(expected, found, ours(setup, case, outputs + 3)[0], goal_px(name))
    result = difference(expected, found) | {"frames": len(found), "seconds": round(seconds, 1), "ties": ties}
    own = difference_of_itself(case)
    if not setup.is_full:
        return result | {"own": own, "good": None}
    result |= {"own": own, "good": all(
        result[key] <= max(goal, own[key] if own else 0)
        for key, goal in (("px_max", goal_px(name)), ("likelihood_max", MAX_LIKELIHOOD), ("jumps", 0))
    )}
    return result


def difference_of_itself(case):
    """Returns how far DeepLabCut is from itself without oneDNN, where it was asked."""
    if "onednn_off" not in case:
        return None
    path = pathlib.Path(case["files"][".h5"])
    other = path.parent.parent.parent / "onednn_off" / path.parent.name / path.name
    if not other.exists() or other.stat().st_mtime < path.stat().st_mtime:
        return None
    return difference(pd.read_hdf(path), pd.read_hdf(other))


def is_stale(case):
    """Returns whether the results are gone or older than the weights."""
    table = pathlib.Path(case["files"][".h5"])
    folders = pathlib.Path(case["config"]).parent.glob(f"dlc-models*/iteration-*/*shuffle{case['shuffle']}/train")
    weights = [path for folder in folders for path in folder.glob("snapshot-*")]
    return not table.exists() or table.stat().st_mtime < max(path.stat().st_mtime for path in weights)


def has_random_padding(case):
    placed = case.get("input_offsets_and_scales")
    return bool(placed) and "hrnet" in str(case["scorer"]).lower() and "padded" not in case["case"] and any(
        offsets != placed[0][0] for offsets, _ in placed
    )


def sentence(name, key, result):
    if "px_max" not in result:
        return f"{name}, {key}: {result.get('not_compared') or 'NOT YET: ' + result['not_yet']}"
    return (
        f"{name}, {key}: {result['frames']} frames, px max {result['px_max']:.6f} mean {result['px_mean']:.6f}, "
        f"likelihood max {result['likelihood_max']:.6f}, jumps {result['jumps']}, ties {result['ties']}; {VERDICTS[result['good']]}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="dlc-rs")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="full", help="another than `full`: each network without options, and without a goal")
    parser.add_argument("--only", default="", help="words in the names of the networks to compare")
    parser.add_argument("--clip", default="", help="small or large")
    arguments = parser.parse_args()
    setup = Setup(arguments.program, arguments.device, arguments.precision)
    stored = WORK / "results" / f"{setup.title}.json"
    stored.parent.mkdir(exist_ok=True)
    results = json.loads(stored.read_text()) if stored.exists() else {}
    now = []
    for index in indices():
        name = index["network"]
        for key, case in index["cases"].items():
            if arguments.only not in name or not key.startswith(arguments.clip):
                continue
            if not setup.is_full and not case.get("plain"):
                continue
            result = run(setup, name, case)
            results.setdefault(name, {})[key] = result
            now.append(result)
            print(sentence(name, key, result), flush=True)
            stored.write_text(json.dumps(results, indent=1))
    compared = [r for r in now if "px_max" in r]
    bad, missing = [r for r in compared if r["good"] is False], [r for r in now if "not_yet" in r]
    print(f"compared {len(compared)} cases on {setup.title}, {len(bad)} differ, {len(missing)} not yet")
    from catalogue import NAMES
    from networks_parity import write

    write(indices(), NAMES, WORK / "results", ROOT / "docs/parity.md", TIE)
    sys.exit(bool(bad or missing or not compared))


def indices():
    """Returns what DeepLabCut has made, in the order of the catalogue."""
    sys.path.insert(0, str(ROOT / "conformance/networks_make"))
    from catalogue import NAMES, index_folder

    paths = [index_folder(name) / "index.json" for name in NAMES]
    return [json.loads(path.read_text()) for path in paths if path.exists()]


if __name__ == "__main__":
    main()
