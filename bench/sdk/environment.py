"""Where the libraries are installed and built, and which versions they have."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RUST = HERE / "rust"
sys.path.append(str(HERE.parent))

from machine import Machine  # noqa: E402
from machine import machine as machine  # noqa: E402


def installed(place: Path, packages: Iterable[str], bongsu: bool) -> tuple[str, dict[str, str]]:
    """The Python of a virtual environment with everything in it, and which packages are not, with the reason."""
    python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
    if not os.path.exists(python):
        venv.create(place, with_pip=True)
    # A peer that has no wheel for this Python is not built from source: that asks for compilers and takes minutes.
    asked = {package: ["--only-binary", ":all:", package] for package in packages}
    if bongsu:
        asked["bongsu"] = [str(ROOT)]
    missing = {}
    for package, arguments in asked.items():
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            missing[package] = reason(done.stderr)
    return python, missing


def reason(errors: str) -> str:
    """Why pip installed nothing: the first of its errors, which says more than the last."""
    lines = [line.removeprefix("ERROR: ") for line in errors.splitlines() if line.startswith("ERROR: ")]
    return lines[0] if lines else "pip failed and said nothing"


def versions(python: str, path: str | None, packages: Iterable[str]) -> dict[str, str]:
    """The version of each package that is installed."""
    code = (
        "import importlib.metadata as m, json, sys\nfound = {}\nfor name in sys.argv[1:]:\n"
        "    try:\n        found[name] = m.version(name)\n    except m.PackageNotFoundError:\n        pass\n"
        "if 'bongsu' in sys.argv[1:]:\n    import bongsu\n    found['bongsu'] = bongsu.__version__\n"
        "print(json.dumps(found))"
    )
    environment = {**os.environ, **({"PYTHONPATH": path} if path else {})}
    done = subprocess.run([python, "-c", code, *packages], capture_output=True, text=True, check=True, env=environment)
    return dict(json.loads(done.stdout))


def built() -> tuple[list[str], dict[str, str]]:
    """The program that measures the Rust libraries, built, and the versions of what it was built with."""
    build = ["cargo", "build", "--release", "--quiet", "--message-format=json-render-diagnostics"]
    done = subprocess.run(build, cwd=RUST, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit("the libraries could not be built: see above")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    (program,) = {one["executable"] for one in told if one.get("executable")}
    tree = subprocess.run(
        ["cargo", "tree", "--depth", "1", "--prefix", "none", "-e", "normal", "--format", "{p}"],
        cwd=RUST, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = dict(re.findall(r"^(\S+) v(\S+)", tree.stdout, re.MULTILINE))
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()
    peers = {name: found[name] for name in found if name not in ("bench-sdk", "rustix", "serde_json")}
    return [program], {"rustc": compiler[1]} | peers


def names(program: list[str]) -> list[str]:
    """The Rust libraries."""
    return subprocess.run([*program, "names"], capture_output=True, text=True, check=True).stdout.splitlines()


def commit() -> str:
    """The state of bongsu's sources."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def line(at_the_start: Machine, found: dict[str, str]) -> str:
    """The machine, how busy it was, and what was measured."""
    said = ", ".join(f"{name} {version}" for name, version in found.items())
    return f"{at_the_start.line()} at the start and {machine().load:.2f} at the end; {said}; sources {commit()}"
