#!/usr/bin/env python3
"""How bongsu's figures grow with the data: the corpus once, four times, ten times, going on for further days.

    python3 bench/growth.py --bongsu target/release/bongsu --corpus corpus.jsonl --times 1,4,10 > docs/growth.md

Prints a Markdown table. Every repetition lies whole days after the one before it, and its trace ids are new, so the
data stay in the order of time. Each question is asked over everything and over the last repetition's days alone, whose
answers must be the same at every size; the exit status is 1 when they are not.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from answers import Answer, difference
from corpus import Corpus, CorpusError, Repeated, describe, open_corpus
from engines.base import EngineError, Load, Missing, Sending
from engines.bongsu import Bongsu
from machine import machine
from measure import Timing, peak_bytes, timing
from questions import Question, Want, questions
from report import MB, figure, full_title, markdown
from run import add_common, bongsu_alone, progress, settling, work_folder

OPENINGS = 3
"""Starts over the same data, of which the middle one counts."""


@dataclass
class Size:
    """What was measured at one size."""

    times: int
    load: Load
    opening: float
    """Seconds from the start of `serve` until it is ready."""
    peak: int
    """Most bytes of memory while it was asked."""
    whole: dict[str, Timing] = field(default_factory=dict)
    last: dict[str, Timing] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """Over the last repetition, its times moved back to the first one's."""
    counts: dict[str, int] = field(default_factory=dict)
    """Over everything."""


def main() -> int:
    """The exit status."""
    args = arguments()
    with work_folder(args.work) as work:
        corpus = open_corpus(args.corpus, args.size, work)
        this = machine()
        sizes = [measured(args, corpus, times, work / f"x{times}") for times in args.times]
    print(f"{this.line()}  \n{describe(corpus)}\n")
    asked = plain_questions(corpus, corpus.needle)
    print(table(corpus, asked, sizes))
    wrong = differences(asked, sizes)
    for line in wrong:
        print(f"\nWRONG: {line}")
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser)
    parser.add_argument(
        "--times", type=_numbers, default=[1, 4, 10], metavar="N,N", help="repetitions (default 1,4,10)"
    )
    return bongsu_alone(parser)


def measured(args: argparse.Namespace, corpus: Corpus, times: int, folder: Path) -> Size:
    """Loads so many repetitions and asks."""
    data = Repeated(corpus, times)
    sending = Sending(args.batch, args.connections)
    bongsu = Bongsu(args.bongsu, corpus, folder, sending, settling(args), from_file=False)
    try:
        progress(f"x{times}: loading")
        load = bongsu.load_from(data)
        if load.rows != corpus.rows * times:
            raise EngineError(f"bongsu took {load.rows:,} rows instead of {corpus.rows * times:,}")
        size = Size(times, load, opening(bongsu), peak=0)
        ask(bongsu, corpus, data, size, args.rounds)
        size.peak = peak_bytes(bongsu.pid())
        return size
    finally:
        bongsu.close()
        progress("")


def opening(bongsu: Bongsu) -> float:
    """Seconds that a start over the loaded data takes."""
    seconds = []
    for _ in range(OPENINGS):
        bongsu.restart()
        seconds.append(bongsu.open_seconds)
    return sorted(seconds)[OPENINGS // 2]


def ask(bongsu: Bongsu, corpus: Corpus, data: Repeated, size: Size, rounds: int) -> None:
    """Every question, over everything and over the last days."""
    last = data.day_of(size.times - 1)
    back = data.shift(size.times - 1)
    for question in plain_questions(corpus, data.needle(size.times - 1)):
        progress(f"x{size.times}: {question.title}")
        recent = replace(question, span=last)
        answer = bongsu.answer(recent)
        size.answers[question.key] = moved(question.want, answer, back)
        if question.want is Want.COUNT:
            size.counts[question.key] = bongsu.answer(question)
        size.whole[question.key] = timing(bongsu.run(question), bongsu.cpu, rounds)
        size.last[question.key] = timing(bongsu.run(recent), bongsu.cpu, rounds)


def plain_questions(corpus: Corpus, needle: str) -> list[Question]:
    """The comparison's questions without those that have a range of time already."""
    return [question for question in questions(needle, corpus.service, corpus.span) if question.span is None]


def moved(want: Want, answer: Answer, back: int) -> Answer:
    """An answer with its times that much earlier."""
    match want:
        case Want.NEWEST:
            return [(time - back, message) for time, message in answer]
        case Want.LEVELS:
            return {(minute - back, level): count for (minute, level), count in answer.items()}
        case _:
            return answer


def differences(asked: Sequence[Question], sizes: Sequence[Size]) -> list[str]:
    """Where a larger size answers something else than the first one."""
    first, *others = sizes
    found = []
    for size in others:
        for question in asked:
            wrong = _differs(question.want, first.answers[question.key], size.answers[question.key])
            if wrong:
                found.append(f"x{size.times}, {question.title}, last days: {wrong}")
            one, many = first.counts.get(question.key), size.counts.get(question.key)
            if one is not None and one * size.times != many * first.times:
                found.append(f"x{size.times}, {question.title}: {many:,} where x{first.times} has {one:,}")
    return found


def table(corpus: Corpus, asked: Sequence[Question], sizes: Sequence[Size]) -> str:
    """Markdown."""
    rows: list[tuple[str, Callable[[Size], str]]] = [
        ("raw, MB", lambda size: figure(corpus.bytes * size.times / MB)),
        ("rows", lambda size: f"{size.load.rows:,}"),
        ("loading, CPU s at the last answer", lambda size: figure(size.load.cpu)),
        ("loading, CPU s when settled", lambda size: figure(size.load.cpu_settled)),
        ("loading, peak memory MB", lambda size: figure(size.load.peak / MB)),
        ("queries, peak memory MB", lambda size: figure(size.peak / MB)),
        ("stored, MB", lambda size: figure(size.load.stored / MB)),
        ("start until ready, s", lambda size: figure(size.opening)),
    ]
    for question in asked:
        rows.append((f"{full_title(question, asked)}, CPU ms", lambda size, key=question.key: _pair(size, key)))
    head = ["", *(f"{size.times} x" for size in sizes)]
    text = markdown(head, ([label, *map(value, sizes)] for label, value in rows))
    return f"{text}\n\nQueries: CPU ms over everything / over the last {_days(corpus)} alone."


def _differs(want: Want, first: Answer, other: Answer) -> str | None:
    if want is Want.QUANTILES:
        # Estimates may differ a little from each other; run.py checks them against the exact ones.
        return None if first.keys() == other.keys() else "other services"
    return difference(want, first, other)


def _pair(size: Size, key: str) -> str:
    return f"{figure(size.whole[key].cpu_ms)} / {figure(size.last[key].cpu_ms)}"


def _days(corpus: Corpus) -> str:
    return "day" if corpus.days == 1 else f"{corpus.days} days"


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if not all(1 <= number <= 32 for number in numbers):
        raise argparse.ArgumentTypeError("each number must be from 1 to 32")
    return sorted(numbers)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (EngineError, CorpusError, Missing) as error:
        sys.exit(f"error: {error}")
