"""Measures bongsu beside other logging libraries for Python: `python bench/sdk/run.py [--quick] [--json FILE]`. See README.md."""

from __future__ import annotations

import argparse
import glob
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from libraries import LIBRARIES, PACKAGES  # noqa: E402

COLUMNS = {
    "plain": "plain µs",
    "place": "with caller µs",
    "threads": "4 threads µs",
    "off": "off ns",
    "exception": "exception µs",
    "json": "json+5 µs",
    "decorator": "decorator µs",
    "crash": "lost at kill -9",
    "fork": "hung of 60",
}
# How many records of each case, in a full and in a quick run.
COUNTS = {"plain": (160_000, 20_000), "place": (160_000, 20_000), "threads": (160_000, 20_000), "off": (400_000, 100_000)}
COUNTS |= {"exception": (2_000, 400), "json": (40_000, 8_000), "decorator": (20_000, 4_000)}
ROTATE = (10_000_000, 1_000_000)
CRASHED = 10_001
# So many seconds one measurement may take, in a full and in a quick run: some libraries never end.
LONGEST = (180, 60)
RECORD = re.compile(rb"req (\d+) user=")


class Failed(Exception):
    """A measurement that gave nothing; the text says why."""


class Bench:
    """How things are measured: with which Python, how often."""

    def __init__(self, python: str, quick: bool, rounds: int, path: str | None) -> None:
        self.python, self.quick, self.rounds = python, quick, rounds
        self.environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **({"PYTHONPATH": path} if path else {})}

    def start(self, name: str, case: str, count: int, folder: str) -> dict[str, object]:
        """Runs the worker once."""
        result = os.path.join(folder, "result.json")
        command = [self.python, str(HERE / "worker.py"), name, case, str(count), str(ROTATE[self.quick]), folder, result]
        try:
            done = subprocess.run(
                command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=LONGEST[self.quick], check=False
            )
        except subprocess.TimeoutExpired:
            raise Failed("hangs") from None
        if not os.path.exists(result):
            if case == "crash" and done.returncode == -9:
                return {}
            last = done.stderr.decode(errors="replace").strip().splitlines()
            raise Failed(last[-1][:60] if last else f"exit {done.returncode}")
        with open(result, encoding="utf-8") as file:
            return dict(json.load(file))

    def measure(self, name: str, case: str) -> float | str:
        """The median of all rounds; an error's text when a record is missing or there twice."""
        count = COUNTS[case][self.quick]
        found = []
        for _ in range(self.rounds):
            with folder() as at:
                told = self.start(name, case, count, at)
                found.append(float(str(told["micros"])))
                wrong = "" if case in ("off", "decorator") else incomplete(str(told["path"]), count)
            if wrong:
                return f"{statistics.median(found):.2f} ({wrong})"
        return statistics.median(found)

    def crash(self, name: str) -> int:
        """How many of the records are lost when the process is killed after the last call came back."""
        lost = []
        for _ in range(min(3, self.rounds)):
            with folder() as at:
                self.start(name, "crash", CRASHED, at)
                told = self.start(name, "reopen", 0, at)
                lost.append(CRASHED - len(set(records(str(told["path"])))))
        return max(lost)

    def fork(self, name: str) -> int:
        """How many children of a program that logs from a thread never end."""
        with folder() as at:
            return int(str(self.start(name, "fork", 0, at)["hung"]))


class folder:  # noqa: N801
    """A folder that is gone afterwards."""

    def __enter__(self) -> str:
        self.path = tempfile.mkdtemp(prefix="bench-sdk-")
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def records(path: str) -> list[int]:
    """Numbers of the records in a log and its older files."""
    found: list[int] = []
    stem = path.removesuffix(".log")
    for file in sorted(glob.glob(glob.escape(stem) + "*")):
        if os.path.isfile(file):
            found += [int(number) for number in RECORD.findall(pathlib.Path(file).read_bytes())]
    return found


def incomplete(path: str, count: int) -> str:
    """What is wrong with a log that has to hold each record once; those of the warm-up, the first ones, twice."""
    found = records(path)
    missing = count - len(set(found))
    twice = len(found) - len(set(found)) - max(8, count // 50)
    return ", ".join(f"{number} {what}" for number, what in ((missing, "missing"), (twice, "twice")) if number > 0)


def prepare(place: pathlib.Path, with_bongsu: bool) -> tuple[str, dict[str, str]]:
    """A virtual environment with everything in it; which packages could not be installed, and why."""
    python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
    if not os.path.exists(python):
        venv.create(place, with_pip=True)
    missing = {}
    for package in (*PACKAGES, *([str(ROOT)] if with_bongsu else [])):
        done = subprocess.run([python, "-m", "pip", "install", "-q", package], capture_output=True, text=True, check=False)
        if done.returncode:
            missing[package] = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "not installable"
    return python, missing


def table(results: dict[str, dict[str, object]], columns: list[str]) -> str:
    """All figures, and behind each time how many times that of the standard library it is."""
    base = results.get("logging", {})
    rows = [["library", *(COLUMNS[column] for column in columns)]]
    for name, row in results.items():
        cells = [name]
        for column in columns:
            value = row.get(column)
            if isinstance(value, float):
                scale, digits = (1000, 0) if column == "off" else (1, 2)
                cell = f"{value * scale:.{digits}f}"
                if name != "logging" and isinstance(base.get(column), float) and value > 0:
                    ratio = float(str(base[column])) / value
                    cell += f" ({ratio:.0f}×)" if ratio >= 10 else f" ({ratio:.1f}×)"
            else:
                cell = "" if value is None else str(value)
            cells.append(cell)
        rows.append(cells)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer records and rounds: a look, no figures to quote")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file as well")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5; 3 when quick)")
    parser.add_argument("--only", metavar="NAMES", help=f"libraries, separated by commas: {', '.join(LIBRARIES)}")
    parser.add_argument("--cases", metavar="NAMES", help=f"cases, separated by commas: {', '.join(COLUMNS)}")
    parser.add_argument("--venv", default=str(HERE / ".venv"), help="where the libraries are installed")
    parser.add_argument("--bongsu", metavar="FOLDER", help="a folder that has a built `bongsu` package, instead of installing it")
    given = parser.parse_args()
    names, columns = chosen(parser, given.only, LIBRARIES), chosen(parser, given.cases, COLUMNS)
    python, missing = prepare(pathlib.Path(given.venv), given.bongsu is None)
    for package, why in missing.items():
        print(f"{package} is left out: {why}", file=sys.stderr)
    bench = Bench(python, given.quick, given.rounds or (3 if given.quick else 5), given.bongsu)
    results: dict[str, dict[str, object]] = {}
    for name in names:
        if name.partition(" ")[0] in missing or (name.startswith("bongsu") and str(ROOT) in missing):
            continue
        row = results[name] = {}
        for case in columns:
            if case not in LIBRARIES[name].cases:
                continue
            print(f"\r\x1b[K{name}: {COLUMNS[case]}", end="", file=sys.stderr, flush=True)
            try:
                row[case] = {"crash": bench.crash, "fork": bench.fork}.get(case, lambda name: bench.measure(name, case))(name)  # noqa: B023
            except Failed as why:
                row[case] = str(why)
    print("\r\x1b[K", end="", file=sys.stderr)
    print(table(results, columns))
    print("\nCPU time of the whole process for one record, median; behind it how many times less than `logging` takes.")
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump({"python": sys.version, "quick": given.quick, "results": results}, file, indent=1)
    return 0


def chosen(parser: argparse.ArgumentParser, given: str | None, known: dict[str, object]) -> list[str]:
    names = [name.strip() for name in given.split(",")] if given else list(known)
    for name in names:
        if name not in known:
            parser.error(f"unknown name {name!r}: expected {', '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
