"""Makes what is missing: project, weights, DeepLabCut's results. One process a network and step.

    python make.py [--only WORDS]
"""

import argparse
import json
import pathlib
import subprocess
import sys

from catalogue import CONFIG, NAMES, index_folder

HERE = pathlib.Path(__file__).resolve().parent


def step(script, *words):
    subprocess.run([sys.executable, str(HERE / script), *words], check=True, stdout=subprocess.DEVNULL)


def is_whole(name):
    path = index_folder(name) / "index.json"
    if not path.exists():
        return False
    index = json.loads(path.read_text())
    plain = [c for key, c in index["cases"].items() if c.get("plain") and key.startswith(clips_of(name))]
    return "raw" in index and bool(plain) and all("onednn_off" in c for c in plain)


def clips_of(name):
    """Returns the clip, or the start of all clips' names, with which DeepLabCut is compared with itself."""
    return "" if "mobilenet" in name else "small"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    if not CONFIG.exists():
        print("making the project", flush=True)
        step("project.py")
    for name in NAMES:
        if only not in name or is_whole(name):
            continue
        print(f"making {name}", flush=True)
        step("analyze.py", name, "--make")
        step("analyze.py", name, "--without-onednn", "--only", clips_of(name))


if __name__ == "__main__":
    main()
