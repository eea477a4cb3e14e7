"""Writes docs/parity.md from what conformance/networks.py found."""

import json
import pathlib
import re

from catalogue import SMALL_CLIP_ONLY

VERDICTS = {True: "ok", False: "differs", None: "no goal"}
HEAD = """# How close to DeepLabCut: every network

Made by `conformance/networks`; the numbers are those of its last runs. DeepLabCut is {versions}.

What is compared: the poses in the files that `deeplabcut.analyze_videos` and our `analyze_video` write for the
same project, snapshot and video, all frames and body parts. The networks have random backbones with the
statistics of real frames and heads that were fitted to a mouse (`conformance/networks_make`), because
ImageNet's weights cannot be assumed here: numbers are exact, poses mean nothing elsewhere. The *large* clip has 12
frames of 640x480, the *small* one 6 of 318x246, which leaves odd sizes at every stride. {small_only} are made
and compared on the small clip alone, because DeepLabCut takes minutes for them.

**Goal**: at most 0.001 px for ResNets, 0.02 px for the others, and 0.001 in likelihood. DeepLabCut differs from
itself when oneDNN is switched off (`TF_ENABLE_ONEDNN_OPTS=0`, `torch.backends.mkldnn`): these
are the columns *DeepLabCut and itself*, and where they are above the goal they take its place.

**Margin**: by how much the peak of a heatmap exceeds the next cell, in likelihood, the smallest over all frames
and body parts. While two programs' maps differ by less, both choose the same cell. Otherwise a keypoint may jump,
in DeepLabCut as here: *jumps* counts keypoints more than 1 px apart, and the other columns leave them out.

**MobileNetV2** normalises by the frame itself, and each layer makes larger what rounding moved (`dlc/tests/layers.rs`).
With these random weights its rows of the large clip miss the goal, in DeepLabCut's difference from itself as in ours.
Where that difference was not measured (batches, crops) or is smaller than ours, they are marked *differs*. Of a
trained MobileNetV2 see `docs/conformance/predictions.txt`.

**Two outputs**: where the second and the third cell of a heatmap differ by less than {tie} in likelihood, rounding
chooses between them. *ties* counts keypoints for which DeepLabCut took another of such cells than we; they are
compared with ours of that cell.

**Half precision** (`--precision half`: f16 on adapters) has no goal: `burn`'s convolutions add up in f16, too. A
trained network, the bundled one, moves by 0.011 px in the median (`README.md`).
"""


def write(indices, names, folder, path, tie):
    """Writes the table of all devices; `names` are the networks that there should be."""
    results = {p.stem: json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))}
    small_only = ", ".join(f"`{name}`" for name in SMALL_CLIP_ONLY)
    lines = [HEAD.format(versions=versions(), small_only=small_only, tie=f"{tie:.5f}")]
    compared = {name for found in results.values() for name, cases in found.items() if any("px_max" in c for c in cases.values())}
    if missing := [f"`{name}`" for name in names if name not in compared]:
        count = len(names) - len(missing)
        lines += [f"Compared are {count} of {len(names)} networks; not yet: {', '.join(missing)}.", ""]
    for device in sorted(results, key=lambda d: (d != "cpu", d)):
        found = results[device]
        # An adapter's name may have commas, too.
        name, precision = re.fullmatch(r"(.+?)(, \w+ precision)?", device).groups("")
        title = f"On the CPU, {instructions()}" if name == "cpu" else f"On the adapter `{name}`"
        lines += [f"## {title}{precision}", ""]
        plain, options = [], []
        for index in indices:
            for key, case in index["cases"].items():
                if key in found.get(index["network"], {}):
                    (plain if case.get("plain") else options).append((index["network"], key, case))
        for heading, chosen in (("### Each network", plain), ("### Options", options)):
            if chosen:
                lines += [heading, "", *table(chosen, found), ""]
    path.write_text("\n".join(lines).rstrip() + "\n")


def instructions():
    """Returns the instructions that our program chooses on this processor."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    known = (("amx_bf16", "AMX"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))
    return next((name for flag, name in known if flag in flags), "no vectors")


def table(chosen, found):
    yield "| network | case | px, largest | px, mean | likelihood, largest | jumps | DeepLabCut and itself: px | likelihood | jumps | margin | |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    before = None
    for name, key, case in chosen:
        result = found[name][key]
        first = f"`{name}`" if name != before else ""
        before = name
        if "px_max" not in result:
            reason = result.get("not_compared") or f"not yet: {result['not_yet']}"
            yield f"| {first} | {key} | {reason} | | | | | | | | |"
            continue
        own, margin = result.get("own"), case.get("margins", {}).get("next_cell")
        yield (
            f"| {first} | {key} | {number(result['px_max'])} | {number(result['px_mean'])} "
            f"| {number(result['likelihood_max'])} | {result['jumps']} | {number(own and own['px_max'])} "
            f"| {number(own and own['likelihood_max'])} | {own['jumps'] if own else ''} | {'' if margin is None else f'{margin:.4f}'} "
            f"| {VERDICTS[result['good']]}{ties(result)} |"
        )


def ties(result):
    return f", {result['ties']} ties" if result.get("ties") else ""


def number(value):
    if value is None:
        return ""
    return "< 0.000001" if 0 < value < 1e-6 else f"{value:.6f}" if value else "0"


def versions():
    from importlib.metadata import version

    return f"{version('deeplabcut')} with TensorFlow {version('tensorflow')} and PyTorch {version('torch').split('+')[0]}"
