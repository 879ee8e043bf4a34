"""Measures bongsu beside other logging libraries: `python bench/sdk/run.py [--quick] [--rust] [--json FILE]`. See README.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cases  # noqa: E402
import environment  # noqa: E402
import libraries  # noqa: E402
from rounds import Bench, Outcomes  # noqa: E402
from table import Table  # noqa: E402

RUST_BASE = "bongsu"
LEGENDS = {
    False: "CPU time of the whole process for one record, median; behind it how many times less than `logging` takes.",
    True: "Median; behind it how many times the figure of bongsu's first row.",
}


@dataclass(frozen=True)
class Field:
    """What takes part."""

    bench: Bench
    libraries: Sequence[str]
    columns: Sequence[cases.Column]
    table: Table
    lacking: Callable[[str, str], tuple[str, str]]
    versions: dict[str, str]


def python_field(given: argparse.Namespace) -> Field:
    """The Python libraries, installed."""
    names = chosen("library", given.only, list(libraries.LIBRARIES))
    needed = {package for name in names for package in libraries.packages_of(name)}
    packages = {package: asked for package, asked in libraries.PACKAGES.items() if package in needed}
    ours = libraries.OURS in needed
    python, missing = environment.installed(Path(given.venv), packages.values(), ours and given.bongsu is None)
    asked = {package: missing[asked] for package, asked in packages.items() if asked in missing}
    asked |= {name: why for name, why in missing.items() if name == libraries.OURS}
    for package, why in asked.items():
        print(f"{package} is not installed: {why}", file=sys.stderr)

    def lacking(library: str, case: str) -> tuple[str, str]:
        absent = [asked[package] for package in libraries.packages_of(library) if package in asked]
        return ("not installed", absent[0]) if absent else (libraries.lacking(library, case), "")

    present = [name for name in (libraries.OURS, *packages) if name not in asked and (name != libraries.OURS or ours)]
    columns = wanted(given.cases, cases.PYTHON_CASES, cases.PYTHON_COLUMNS)
    command = [python, str(HERE / "worker.py")]
    return Field(
        Bench(command, of(columns, cases.PYTHON_CASES), given.quick, given.bongsu),
        names,
        columns,
        Table(columns, libraries.BASE, inverse=True),
        lacking,
        environment.versions(python, given.bongsu, present),
    )


def rust_field(given: argparse.Namespace) -> Field:
    """The Rust libraries, built."""
    program, versions = environment.built()
    names = chosen("library", given.only, environment.names(program))
    columns = wanted(given.cases, cases.RUST_CASES, cases.RUST_COLUMNS)
    bench = Bench(program, of(columns, cases.RUST_CASES), given.quick)
    return Field(
        bench, names, columns, Table(columns, RUST_BASE, inverse=False), lambda library, case: ("", ""), versions
    )


def wanted(given: str | None, known: dict[str, cases.Case], columns: Sequence[cases.Column]) -> list[cases.Column]:
    """The columns of the cases that are asked for."""
    names = chosen("case", given, list(known))
    return [column for column in columns if column.case in names]


def of(columns: Sequence[cases.Column], known: dict[str, cases.Case]) -> dict[str, cases.Case]:
    """The cases that columns need."""
    return {name: case for name, case in known.items() if any(column.case == name for column in columns)}


def chosen(what: str, given: str | None, known: list[str]) -> list[str]:
    """The names in a list of the command line; all without one."""
    names = [name.strip() for name in given.split(",")] if given else known
    for name in names:
        if name not in known:
            raise SystemExit(f"unknown {what} {name!r}: expected {', '.join(known)}")
    return names


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rust", action="store_true", help="the Rust libraries instead of those for Python")
    parser.add_argument("--quick", action="store_true", help="fewer records and rounds: a look, no figures to quote")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5; 2 when quick)")
    parser.add_argument("--only", metavar="NAMES", help="libraries, separated by commas, as they stand in the table")
    parser.add_argument("--cases", metavar="NAMES", help="cases, separated by commas, as they stand in cases.py")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round to a file as well")
    parser.add_argument("--venv", default=str(HERE / ".venv"), help="where the Python libraries are installed")
    parser.add_argument(
        "--bongsu", metavar="FOLDER", help="a folder that has a built `bongsu` package, instead of installing it"
    )
    return parser.parse_args()


def main() -> int:
    """Measures, and prints."""
    given = arguments()
    field = rust_field(given) if given.rust else python_field(given)
    at_the_start = environment.machine()

    def heard(text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def kept(outcomes: Outcomes) -> None:
        if given.json:
            document = {"machine": at_the_start.document(), "versions": field.versions, "quick": given.quick}
            results = {name: {case: asdict(outcome) for case, outcome in row.items()} for name, row in outcomes.items()}
            with open(given.json, "w", encoding="utf-8") as file:
                json.dump(document | {"results": results}, file, indent=1)

    rounds = given.rounds or (2 if given.quick else 5)
    outcomes = field.bench.run(field.libraries, field.lacking, rounds, heard, kept)
    heard("")
    print(environment.line(at_the_start, field.versions) + "\n")
    print(field.table.markdown(outcomes) if given.markdown else field.table.text(outcomes))
    print(f"\n{LEGENDS[given.rust]} {rounds} rounds{', quick' if given.quick else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
