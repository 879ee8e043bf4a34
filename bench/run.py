#!/usr/bin/env python3
"""Measures bongsu beside whichever peers are installed, in one run, and checks that all answers are equal.

    python3 bench/run.py --bongsu target/release/bongsu --corpus corpus.jsonl
    python3 bench/run.py --bongsu target/release/bongsu --corpus corpus.jsonl --quick      # 100 MB, about a minute

Prints a machine line, what loading cost, and the CPU and wall time of every question with ratios. The exit status is 1
when answers differ. README.md beside this file says what is measured and how.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import report
from answers import Answer, difference
from corpus import Corpus, CorpusError, describe, open_corpus, parse_size
from engines.base import Engine, EngineError, Load, Missing, Sending, Settling
from engines.bongsu import Bongsu
from engines.chdb_engine import ChDb
from engines.duckdb_engine import DuckDbParquet, DuckDbTable
from engines.ripgrep import Ripgrep
from engines.scan import scan
from engines.victorialogs import VictoriaLogs
from machine import Machine, machine
from measure import Quiet, forget_peak, peak_bytes, timing
from questions import Question, Want, questions
from report import Result

QUICK = {"size": "100M", "rounds": 10, "settle": "restart"}
"""What --quick stands for."""

REFERENCES = ("duckdb", "duckdb-parquet", "chdb")
"""The peers whose answers are taken as the expected ones, the best first; without any of them the corpus is scanned."""


@dataclass(frozen=True)
class Plan:
    """How engines are begun."""

    corpus: Corpus
    work: Path
    sending: Sending
    settling: Settling
    threads: int
    bongsu: Path | None
    from_file: bool
    victorialogs: Path | None

    def engines(self) -> dict[str, Callable[[], Engine]]:
        """What can be measured, in the table's order; each is begun when its turn comes."""
        corpus, work = self.corpus, self.work
        servers = (corpus, work, self.sending, self.settling)
        every: dict[str, Callable[[], Engine]] = {}
        if self.bongsu is not None:
            ours = self.bongsu
            every["bongsu"] = lambda: Bongsu(ours, corpus, work / "bongsu", *servers[2:], self.from_file)
        every["victorialogs"] = lambda: VictoriaLogs(self.victorialogs, corpus, work / "victorialogs", *servers[2:])
        every["chdb"] = lambda: ChDb(corpus, work / "chdb", self.threads)
        every["duckdb"] = lambda: DuckDbTable(corpus, work / "duckdb", self.threads)
        every["duckdb-parquet"] = lambda: DuckDbParquet(corpus, work / "duckdb-parquet", self.threads)
        every["ripgrep"] = lambda: Ripgrep(corpus, self.threads)
        return every


def main() -> int:
    """The exit status."""
    args = arguments()
    this = machine()
    print_machine(this)
    with work_folder(args.work) as work:
        corpus = open_corpus(args.corpus, args.size, work)
        print(describe(corpus))
        asked = questions(corpus.needle, corpus.service, corpus.span)
        results, troubles = measured(plan(args, corpus, work), args.only, asked, args.rounds)
        print("engines: " + "; ".join(f"{result.title} {result.version}" for result in results.values()), end="\n\n")
        expected = expectation(corpus, asked, results, args.check)
    differences, estimates = compare(asked, expected, results)
    differences = troubles + differences
    print_tables(asked, results, expected)
    print_verdict(differences, estimates)
    if args.json:
        document = report.document(this.document(), vars(args), results, differences)
        text = json.dumps(document, indent=1, default=str)
        args.json.write_text(text + "\n", encoding="utf-8")
    return 1 if differences else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    parser.add_argument("--victorialogs", type=Path, metavar="PATH", help="the VictoriaLogs binary, to measure it too")
    parser.add_argument(
        "--ingest", choices=("http", "file"), default="http", help="how bongsu is loaded (default http)"
    )
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of the libraries (default 2)")
    parser.add_argument(
        "--only", metavar="NAMES", type=lambda text: text.split(","), help="engines, with commas between"
    )
    parser.add_argument("--check", choices=("peers", "scan"), default="peers", help="where expected answers come from")
    parser.add_argument("--quick", action="store_true", help="the same as --size 100M --rounds 10 --settle restart")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to a JSON document as well")
    args = parser.parse_args()
    fill_in(parser, args)
    return args


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options of every way to measure."""
    size = _checked(parse_size)
    parser.add_argument(
        "--bongsu", type=Path, metavar="PATH", help="the bongsu binary; without it only peers are measured"
    )
    parser.add_argument("--corpus", type=Path, required=True, metavar="FILE", help="JSON lines, see README.md")
    parser.add_argument("--size", type=size, metavar="BYTES", help="use only the corpus's beginning, such as 100M")
    parser.add_argument("--rounds", type=int, metavar="N", help="counted runs of each question (default 50)")
    parser.add_argument(
        "--batch", type=size, default=1_000_000, metavar="BYTES", help="of a loading request (default 1M)"
    )
    parser.add_argument("--connections", type=int, default=2, metavar="N", help="that load side by side (default 2)")
    parser.add_argument(
        "--settle",
        choices=("quiet", "restart"),
        help="wait until a loaded server is idle (default), or restart it instead",
    )
    parser.add_argument("--quiet", type=float, default=75, metavar="S", help="idle seconds waited for (default 75)")
    parser.add_argument("--wait", type=float, default=900, metavar="S", help="seconds waited at most (default 900)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder for data (default: the temporary folder)")


def fill_in(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Sets what was not given, from --quick or to the defaults."""
    defaults = {"rounds": 50, "settle": "quiet"}
    for key, value in {**defaults, **(QUICK if getattr(args, "quick", False) else {})}.items():
        if getattr(args, key) is None:
            setattr(args, key, parse_size(value) if key == "size" else value)
    if args.rounds < 1 or args.connections < 1:
        parser.error("--rounds and --connections must be at least 1")


def bongsu_alone(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line of what measures no peers."""
    args = parser.parse_args()
    if args.bongsu is None:
        parser.error("--bongsu is needed")
    fill_in(parser, args)
    return args


def plan(args: argparse.Namespace, corpus: Corpus, work: Path) -> Plan:
    """The arguments, resolved."""
    return Plan(
        corpus=corpus,
        work=work,
        sending=Sending(args.batch, args.connections),
        settling=settling(args),
        threads=args.threads,
        bongsu=args.bongsu,
        from_file=args.ingest == "file",
        victorialogs=args.victorialogs,
    )


def settling(args: argparse.Namespace) -> Settling:
    """How the end of work is waited for."""
    return Settling(Quiet(args.quiet, args.wait), restart=args.settle == "restart")


@contextmanager
def work_folder(parent: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bongsu-bench-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(
    plan: Plan, only: Sequence[str] | None, asked: Sequence[Question], rounds: int
) -> tuple[dict[str, Result], list[str]]:
    """Every engine's result, one engine after the other, and what went wrong."""
    results: dict[str, Result] = {}
    troubles: list[str] = []
    for name, begin in plan.engines().items():
        if only is not None and name not in only:
            continue
        try:
            engine = begin()
        except Missing as missing:
            print(f"{name} is left out: {missing}", file=sys.stderr)
            continue
        except EngineError as error:
            troubles.append(str(error))
            continue
        try:
            results[name] = result = Result(engine.title, engine.version())
            measure_engine(engine, result, plan, asked, rounds, troubles)
        except EngineError as error:
            troubles.append(f"{engine.title}: {error}")
        finally:
            engine.close()
            shutil.rmtree(plan.work / name, ignore_errors=True)
    return results, troubles


def measure_engine(
    engine: Engine, result: Result, plan: Plan, asked: Sequence[Question], rounds: int, troubles: list[str]
) -> None:
    """Loads one engine and asks it everything; what goes wrong is noted, and the rest is still measured."""
    progress(f"{engine.title}: loading")
    result.load = engine.load()
    if result.load:
        troubles += load_troubles(engine.title, result.load, plan.corpus.rows)
    ask(engine, result, asked, rounds, troubles)
    progress("")


def load_troubles(name: str, load: Load, rows: int) -> list[str]:
    """What is not as it should be after so many rows were to be loaded."""
    troubles = []
    if load.rows != rows:
        troubles.append(f"{name}: {load.rows:,} rows instead of {rows:,}")
    if not load.settled:
        troubles.append(f"{name}: still at work when waiting for it ended")
    return troubles


def ask(engine: Engine, result: Result, asked: Sequence[Question], rounds: int, troubles: list[str]) -> None:
    """Asks a loaded engine everything; what goes wrong is noted."""
    if (pid := engine.pid()) is not None:
        forget_peak(pid)
    for question in asked:
        run = engine.run(question)
        if run is None:
            continue
        progress(f"{engine.title}: {question.title}")
        try:
            result.answers[question.key] = engine.answer(question)
            if (right := engine.expected(question)) is not None:
                result.expected[question.key] = right
            result.timings[question.key] = timing(run, engine.cpu, rounds)
        except EngineError as error:
            troubles.append(f"{engine.title}, {question.title}: {error}")
    if pid is not None:
        result.peak = peak_bytes(pid)


def progress(text: str) -> None:
    """What is going on, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def expectation(
    corpus: Corpus, asked: Sequence[Question], results: Mapping[str, Result], check: str
) -> dict[str, Answer]:
    """The expected answers: those of the best peer that was measured, or of a scan."""
    if check == "peers":
        for name in REFERENCES:
            if name in results and all(question.key in results[name].expected for question in asked):
                return results[name].expected
    progress("scanning the corpus for the expected answers")
    answers = scan([corpus], asked)
    progress("")
    return answers


def compare(
    asked: Sequence[Question], expected: Mapping[str, Answer], results: Mapping[str, Result]
) -> tuple[list[str], list[str]]:
    """A sentence for each answer that differs from the expected one, and for each estimate of a peer that does.

    How well a peer estimates quantiles is its own affair; bongsu's have to be right.
    """
    differences: list[str] = []
    estimates: list[str] = []
    for name, result in results.items():
        for question in asked:
            if question.key in result.answers:
                right, given = expected[question.key], result.answers[question.key]
                if wrong := difference(question.want, right, given):
                    estimate = name != "bongsu" and question.want is Want.QUANTILES and right.keys() == given.keys()
                    (estimates if estimate else differences).append(f"{result.title}, {question.title}: {wrong}")
    return differences, estimates


def print_machine(this: Machine) -> None:
    """The machine, and whether it has other work to do."""
    print(this.line())
    if this.busy:
        print("         (other work is running: do not quote these figures)")


def print_tables(
    asked: Sequence[Question],
    results: Mapping[str, Result],
    expected: Mapping[str, Answer],
) -> None:
    """The figures."""
    print(report.load_table(results), end="\n\n")
    print(report.query_table("query, CPU ms", asked, results, lambda timing: timing.cpu_ms), end="\n\n")
    print(report.query_table("query, wall ms", asked, results, lambda timing: timing.wall_ms), end="\n\n")
    print(report.answer_lines(asked, expected))
    print(report.quantile_line(asked, results, expected))


def print_verdict(differences: Sequence[str], estimates: Sequence[str]) -> None:
    """What is not as it should be."""
    for line in estimates:
        print(f"a peer's estimate: {line}")
    for line in differences:
        print(f"WRONG: {line}")
    print("not everything is right" if differences else "all answers are equal")


def _checked(parse: Callable[[str], int]) -> Callable[[str], int]:
    def checked(text: str) -> int:
        try:
            return parse(text)
        except ValueError as wrong:
            raise argparse.ArgumentTypeError(str(wrong)) from wrong

    return checked


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (EngineError, CorpusError) as error:
        sys.exit(f"error: {error}")
