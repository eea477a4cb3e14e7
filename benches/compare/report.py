"""Writes what compare.py has measured: a page with tables and a chart beside it."""

import datetime
import importlib.metadata
import os
import pathlib
import platform

OURS = "dlc"
COLORS = {
    OURS: "#2a6f97", "DeepLabCut": "#b5651d", "PyTorch, channels last": "#d9a066", "ONNX Runtime": "#7a7a7a",
}
# Network, whom we compare with, and how many times faster we want to be.
GOALS = [
    ("tensorflow/resnet_50", "DeepLabCut", 1.5),
    ("pytorch/resnet_50", "DeepLabCut", 2.0),
    ("tensorflow/mobilenet_v2_0.35", "DeepLabCut", 3.0),
    ("tensorflow/resnet_50", "ONNX Runtime", 1.0),
    ("pytorch/resnet_50", "ONNX Runtime", 1.5),
    ("tensorflow/mobilenet_v2_0.35", "ONNX Runtime", 1.0),
    ("tensorflow/mobilenet_v2_1.0", "ONNX Runtime", 1.0),
    ("tensorflow/efficientnet-b0", "ONNX Runtime", 1.0),
    ("pytorch/hrnet_w32", "ONNX Runtime", 1.0),
    ("pytorch/cspnext_s", "ONNX Runtime", 1.0),
]


def write_report(path, done, words):
    """Writes the page and, beside it, the chart."""
    threads = max(done["networks"], default=0)
    chart = path.with_suffix(".svg")
    chart.write_text(drawing(done["networks"].get(threads, {})))
    parts = [
        "# Performance\n",
        "Made by `benches/compare/run " + " ".join(words_of_user(words)) + f"` on {datetime.date.today()}: DeepLabCut, PyTorch, "
        "ONNX Runtime and dlc in turn, three frames at a time of which the first is not counted, on the same frames (640×480) and weights, batches of one. "
        "Each engine is a process that waits while the others work. ms are medians; the ratio is how many times "
        "longer than dlc's an engine's median is. What is timed is as little as an engine needs (of DeepLabCut "
        "the forward pass to the pose, of ONNX Runtime the heads alone, both without scaling the pixels); of dlc "
        "it is all from the 8-bit frame to the pose. ONNX Runtime does MobileNetV2 with the frame's own statistics, "
        "as DeepLabCut does; stored normalisation is folded by both it and dlc. All compute with 32 bits, as they do "
        "unless told otherwise, but dlc where it says *high precision* (16 bits) or *half* (8). *First* is the first frame after loading. *Memory* is the peak beyond what the "
        "process has before it loads the network. *Apart* is the largest distance from dlc's keypoints.\n",
        f"- {processor()}; {threads} cores; Linux {platform.release()}",
        "- " + ", ".join(f"{name} {version(name)}" for name in ("deeplabcut", "tensorflow", "torch", "onnxruntime")),
        f"\n![Milliseconds a frame]({chart.name})\n",
        *(table(count, done["networks"][count]) for count in sorted(done["networks"], reverse=True)),
        scaling(done["networks"]),
        goals(done["networks"].get(threads, {}), done["videos"]),
        videos(done["videos"]),
    ]
    path.write_text("\n".join(part for part in parts if part))


def words_of_user(words):
    """Returns the arguments without those that benches/compare/run adds."""
    words = list(words)
    for added in ("--programs", "--onnx"):
        at = words.index(added)
        del words[at : at + 2]
    return words


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


def version(package):
    return importlib.metadata.version(package)


def ours(results):
    return next(iter(results.values()))["seconds"]


def table(threads, networks):
    lines = [
        f"## {threads} thread{'s' * (threads > 1)}\n",
        "| network | engine | ms | fastest | first | ratio | memory, MB | loading, s | apart, px |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, results in networks.items():
        for engine, result in results.items():
            lines.append(
                f"| {name} | {engine} | {1e3 * result['seconds']:.1f} | {1e3 * result['fastest']:.1f} | "
                f"{1e3 * result['first']:.1f} | {result['seconds'] / ours(results):.2f} | {result['own_mb']:.0f} | {result['load_s']:.2f} | "
                f"{result['px']:.4f} |"
            )
    return "\n".join(lines) + "\n"


def scaling(networks):
    if len(networks) < 2:
        return ""
    many, one = max(networks), min(networks)
    lines = [f"## From {one} to {many} threads\n", "| network | engine | times faster |", "|---|---|---:|"]
    for name, results in networks[one].items():
        for engine, result in results.items():
            if engine in networks[many].get(name, {}):
                lines.append(f"| {name} | {engine} | {result['seconds'] / networks[many][name][engine]['seconds']:.2f} |")
    return "\n".join(lines) + "\n"


def goals(networks, videos):
    lines = ["## Goals\n", "| | goal | found | |", "|---|---:|---:|---|"]

    def line(what, goal, found):
        lines.append(f"| {what} | {goal:.1f} | {found:.2f} | {'reached' if found >= goal else '**missed**'} |")

    def at_once(results, who):
        return next((r["seconds"] for e, r in results.items() if e.startswith(who) and "at once" in e), None)

    for name, engine, goal in GOALS:
        if name in networks:
            results = networks[name]
            line(f"{name}, times faster than {engine}", goal, results[engine]["seconds"] / ours(results))
            # DeepLabCut's own batches are no faster a frame than its single frames.
            theirs = at_once(results, engine) or results[engine]["seconds"]
            if at_once(results, OURS):
                line(f"{name}, the same, several frames at once", goal, theirs / at_once(results, OURS))
    for video, medians in videos.items():
        line(f"all of `analyze_videos` on {video}, times faster", 2.0, medians["DeepLabCut"] / medians[OURS])
    for name, results in networks.items():
        own = [results[engine]["own_mb"] for engine in ("ONNX Runtime", next(iter(results)))]
        line(f"{name}, ONNX Runtime's memory to dlc's", 1.0, own[0] / own[1])
    return "\n".join(lines) + "\n"


def videos(videos):
    if not videos:
        return ""
    lines = [
        "## Whole videos\n",
        "MobileNetV2-0.35, batch size 1, from start to all files written. dlc is the whole process; DeepLabCut is the "
        "call of `analyze_videos`, with and without the time to import it.\n",
        "| video | who | s |", "|---|---|---:|",
    ]
    lines += [f"| {video} | {who} | {s:.2f} |" for video, medians in videos.items() for who, s in medians.items()]
    return "\n".join(lines) + "\n"


def drawing(networks):
    """Returns a chart with a group of bars for each network, each group to its own scale."""
    bar, gap, left, width = 16, 26, 210, 410
    y, shapes = 40, []
    for name, results in networks.items():
        shapes.append(f'<text x="10" y="{y + bar}" font-weight="bold">{name.replace("/", " ")}</text>')
        y += bar + 8
        shown = {OURS: next(iter(results.values()))}
        shown |= {e: r for e, r in results.items() if e in COLORS or "at once" in e}
        longest = max(result["seconds"] for result in shown.values())
        for engine, result in shown.items():
            length = width * result["seconds"] / longest
            shapes.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{engine}</text>')
            shapes.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 3}" fill="{color(engine)}"/>')
            shapes.append(f'<text x="{left + length + 6:.1f}" y="{y + 12}">{1e3 * result["seconds"]:.1f} ms</text>')
            y += bar
        y += gap
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{y}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="720" height="{y}" fill="white"/>\n'
        '<text x="10" y="22" font-size="14">Milliseconds a frame of 640×480 (each network to its own scale)</text>\n'
        + "\n".join(shapes) + "\n</svg>\n"
    )


def color(engine):
    return COLORS.get(engine) or COLORS[engine.split(",")[0]]
