#!/usr/bin/env python3
"""What counts by level and minute and rankings of services cost after late rows came and rows were deleted.

    python3 bench/changed.py --bongsu target/release/bongsu --corpus corpus.jsonl

Measures bongsu on the corpus as it was loaded, sends some of its first rows once more with their old times, deletes
the ERROR rows of one service by query, and measures the same questions again. Prints Markdown tables. The answers after
that are checked against a scan of what must be left; the exit status is 1 when they differ.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from answers import Answer
from corpus import Corpus, CorpusError, Late, describe, open_corpus
from engines.base import EngineError, Load, Missing, Sending
from engines.bongsu import Bongsu
from engines.scan import scan
from machine import machine
from questions import Condition, How, Question, Want, questions
from report import OURS, Result, figure, full_title, markdown, ratio
from run import (
    add_common,
    ask,
    bongsu_alone,
    compare,
    load_troubles,
    print_machine,
    print_verdict,
    progress,
    settling,
    work_folder,
)


@dataclass(frozen=True)
class Change:
    """What happens to a table between the two measurements."""

    corpus: Corpus
    late: Late
    deleted: Sequence[Condition]
    """The rows that meet all of them are deleted, late ones as well."""


@dataclass
class Outcome:
    """What was measured."""

    before: Result
    after: Result
    late: Load
    deletion: Load
    """Its rows are those that were deleted."""
    troubles: list[str]

    @property
    def rows(self) -> int:
        """Rows that are left."""
        return self.before.load.rows + self.late.rows - self.deletion.rows


def main() -> int:
    """The exit status."""
    args = arguments()
    print_machine(machine())
    with work_folder(args.work) as work:
        corpus = open_corpus(args.corpus, args.size, work)
        print(describe(corpus), end="\n\n")
        asked = counting_questions(corpus)
        change = Change(corpus, Late(corpus, args.late), errors_of(corpus.service))
        outcome = measured(begin(args, corpus, work / "bongsu"), change, asked, args.rounds)
        progress("scanning what must be left")
        expected = scan([corpus, change.late], asked, change.deleted)
        progress("")
    print(query_table(asked, outcome), end="\n\n")
    print(data_table(outcome), end="\n\n")
    print(change_table(outcome), end="\n\n")
    wrong = differences(change, asked, expected, outcome)
    print_verdict(wrong, estimates=[])
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    parser.add_argument(
        "--late", type=_share, default=0.01, metavar="SHARE", help="late rows, of the corpus's rows (default 1%%)"
    )
    return bongsu_alone(parser)


def begin(args: argparse.Namespace, corpus: Corpus, folder: Path) -> Bongsu:
    """The server, still without rows."""
    sending = Sending(args.batch, args.connections)
    return Bongsu(args.bongsu, corpus, folder, sending, settling(args), from_file=False)


def counting_questions(corpus: Corpus) -> list[Question]:
    """Those of the comparison's questions that count rows by something."""
    every = questions(corpus.needle, corpus.service, corpus.span)
    return [question for question in every if question.want in (Want.LEVELS, Want.SERVICES)]


def errors_of(service: str) -> list[Condition]:
    """The rows that are deleted."""
    return [Condition(How.SERVICE, service), Condition(How.LEVEL, "ERROR")]


def measured(bongsu: Bongsu, change: Change, asked: Sequence[Question], rounds: int) -> Outcome:
    """Loads and asks, changes and asks again; the server is ended."""
    before, after = Result("before", bongsu.version()), Result("after", bongsu.version())
    troubles: list[str] = []
    try:
        progress("loading")
        before.load = bongsu.load_from(change.corpus)
        ask(bongsu, before, asked, rounds, troubles)
        progress("late rows")
        late = bongsu.load_from(change.late)
        progress("deleting")
        after.load = deletion = bongsu.delete(change.deleted)
        ask(bongsu, after, asked, rounds, troubles)
        return Outcome(before, after, late, deletion, troubles)
    finally:
        bongsu.close()
        progress("")


def differences(
    change: Change, asked: Sequence[Question], expected: Mapping[str, Answer], outcome: Outcome
) -> list[str]:
    """Sentences about what is not as it should be."""
    left = sum(expected["d"].values())
    wrong, _ = compare(asked, expected, {OURS: outcome.after})
    return [
        *outcome.troubles,
        *load_troubles("loading", outcome.before.load, change.corpus.rows),
        *load_troubles("late rows", outcome.late, change.late.rows),
        *load_troubles("deletion", outcome.deletion, change.corpus.rows + change.late.rows - left),
        *wrong,
    ]


def query_table(asked: Sequence[Question], outcome: Outcome) -> str:
    """What each question costs."""
    head = ["", "CPU ms, before", "after", "ratio", "wall ms, before", "after", "ratio"]
    rows = []
    for question in asked:
        before, after = outcome.before.timings.get(question.key), outcome.after.timings.get(question.key)
        if before and after:
            cpu = _compared(before.cpu_ms, after.cpu_ms)
            wall = _compared(before.wall_ms, after.wall_ms)
            rows.append([full_title(question, asked), *cpu, *wall])
    return markdown(head, rows)


def data_table(outcome: Outcome) -> str:
    """What is stored, and the memory that the questions took."""
    before, after = outcome.before, outcome.after
    return markdown(
        ["", "before", "after", "ratio"],
        [
            ["rows", *_compared(before.load.rows, outcome.rows, _whole)],
            ["stored, bytes", *_compared(before.load.stored, after.load.stored, _whole)],
            ["whole folder, bytes", *_compared(before.load.disk, after.load.disk, _whole)],
            ["queries, peak memory bytes", *_compared(before.peak, after.peak, _whole)],
        ],
    )


def change_table(outcome: Outcome) -> str:
    """What the changes cost."""
    return markdown(
        ["", "rows", "CPU s", "CPU s when settled", "wall s"],
        [
            [title, _whole(load.rows), figure(load.cpu), figure(load.cpu_settled), figure(load.wall)]
            for title, load in (("late rows", outcome.late), ("deletion", outcome.deletion))
        ],
    )


def _compared(before: float | None, after: float | None, spell: Callable[..., str] = figure) -> list[str]:
    """Both figures, and how many times the first the second one is."""
    return [spell(before), spell(after), ratio(after, before)]


def _whole(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _share(text: str) -> float:
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("it must be from 0 to 1, or from 0% to 100%")
    return number


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (EngineError, CorpusError, Missing) as error:
        sys.exit(f"error: {error}")
