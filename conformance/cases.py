"""Runs all modules cases_*.py over the given inputs and over those that they make: see conformance/cases.

A module has

    EXAMPLE = "dump_table"         # the example program that it needs; None for dlc-rs

    def cases(program, folder):    # yields (name, [difference, …])

`program` is the path of that program. `folder` holds the given inputs; it is empty where there are none.
A module that takes `seed` is told it.
"""

import argparse
import importlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
AREAS = ["tables", "names", "videos"]


def build(example):
    """Returns the path of an example program, or of dlc-rs, built by cargo."""
    profile = os.environ.get("DLC_CASES_PROFILE", "dev")
    # Of the whole workspace, as tests are built: shared crates have other features otherwise.
    command = ["cargo", "build", "--quiet", "--profile", profile, "--workspace",
               "--features", "dlc-cli/full", *(["--example", example] if example else ["--bin", "dlc-rs"])]
    done = subprocess.run([*command, "--message-format", "json"], cwd=HERE.parent, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"cases: {example} cannot be built")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return [message["executable"] for message in messages if message.get("executable")][-1]


def run(area, folder, seed):
    """Yields the cases of an area."""
    module = importlib.import_module(f"cases_{area}")
    options = {"seed": seed} if "seed" in inspect.signature(module.cases).parameters else {}
    yield from module.cases(build(module.EXAMPLE), folder, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*", metavar="NAME", help=f"of {', '.join(AREAS)}; all unless told")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    known = [area for area in AREAS if (HERE / f"cases_{area}.py").exists()]
    if unknown := set(arguments.areas) - set(known):
        parser.error(f"no cases of {', '.join(sorted(unknown))}")

    given = Path(os.environ.get("DLC_CASES", HERE.parent.parent / "shared" / "cases"))
    with tempfile.TemporaryDirectory() as empty:
        if not given.is_dir():
            print(f"cases: no given inputs in {given}: skipped")
            given = Path(empty)
        count, differences = 0, 0
        for area in arguments.areas or known:
            of_area = 0
            for name, found in run(area, given, arguments.seed):
                of_area += 1
                differences += len(found)
                for difference in found:
                    print(f"DIFFERENT: {area}: {name}: {difference}")
            print(f"cases: {of_area} of {area}")
            count += of_area
    print(f"{count} cases, {differences} differences")
    sys.exit(1 if differences or not count else 0)


if __name__ == "__main__":
    main()
