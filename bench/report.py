"""The table for people, the document for programs."""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from answers import Answer, size, worst_quantile
from engines.base import Load
from measure import Timing
from questions import Question, Want

OURS = "bongsu"
"""The engine that the others are set against."""

LABEL, FIGURE, RATIO = 26, 10, 7
"""Widths of the columns: at most six engines fit 160."""

MB = 1e6


@dataclass
class Result:
    """What one engine did."""

    title: str
    version: str
    load: Load | None = None
    timings: dict[str, Timing] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    expected: dict[str, Answer] = field(default_factory=dict)
    """What the others must answer, where the engine is an authority."""
    peak: int | None = None
    """Most bytes of memory while it was asked."""


Results = Mapping[str, Result]
Values = dict[str, float | None]


def load_table(results: Results) -> str:
    """What taking the corpus in cost, what it left on disk, and the memory that the questions took afterwards."""

    def of_load(label: str, value: Callable[[Load], float | None]) -> tuple[str, Values]:
        return label, {name: value(result.load) if result.load else None for name, result in results.items()}

    peaks = {name: result.peak / MB if result.peak else None for name, result in results.items()}
    return _table(
        "loading",
        results,
        [
            of_load("CPU s, last answer", lambda load: load.cpu),
            of_load("CPU s, settled", lambda load: load.cpu_settled),
            of_load("wall s, last answer", lambda load: load.wall),
            of_load("peak MB, loading", lambda load: load.peak / MB),
            ("peak MB, queries", peaks),
            of_load("stored MB", lambda load: load.stored / MB),
            of_load("stored MB, whole folder", lambda load: load.disk / MB),
            of_load("write amplification", lambda load: load.amplification),
        ],
    )


def query_table(heading: str, questions: Sequence[Question], results: Results, value: Callable[[Timing], float]) -> str:
    """One figure of every question."""
    rows = []
    for question in questions:
        timings = {name: result.timings.get(question.key) for name, result in results.items()}
        rows.append((question.title, {name: value(timing) if timing else None for name, timing in timings.items()}))
    return _table(heading, results, rows)


def answer_lines(questions: Sequence[Question], expected: Mapping[str, Answer]) -> str:
    """What the questions found, so that it can be seen that they found something."""
    words = [f"{question.key} {_found(question.want, expected[question.key])}" for question in questions]
    return _wrapped("answers:", words)


def quantile_line(questions: Sequence[Question], results: Results, expected: Mapping[str, Answer]) -> str:
    """How far each engine's quantiles are from the exact ones."""
    words = []
    for question in questions:
        if question.want is Want.QUANTILES:
            for result in results.values():
                if question.key in result.answers:
                    _, _, off = worst_quantile(expected[question.key], result.answers[question.key])
                    words.append(f"{result.title} {100 * off:.2f} %")
    return _wrapped("quantiles, farthest from exact:", words)


def _found(want: Want, value: Answer) -> str:
    number = size(want, value)
    unit = {Want.NEWEST: "row", Want.LEVELS: "group"}.get(want, "service")
    return f"{number:,}" if want is Want.COUNT else f"{number:,} {unit}{'' if number == 1 else 's'}"


def _wrapped(head: str, phrases: Sequence[str]) -> str:
    whole = ", ".join(phrase.replace(" ", "\u00a0") for phrase in phrases)
    text = textwrap.fill(f"{head} {whole}", width=140, subsequent_indent=" " * 4, break_on_hyphens=False)
    return text.replace("\u00a0", " ")


def figure(value: float | None) -> str:
    """Three digits that matter, or a dash."""
    if value is None:
        return "-"
    for limit, digits in ((10, 2), (100, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column holds words and whose other ones hold figures."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def full_title(question: Question, asked: Sequence[Question]) -> str:
    """Without the dots that stand for the title above, and with what `both` stands for."""
    if "..." not in question.title:
        return question.title
    letter, _, variant = question.key.partition("_")
    titles = {one.key: one.title for one in asked}
    parts = [f"{letter}_where", f"{letter}_span"] if variant == "both" else [question.key]
    return " ".join([titles[letter], *(titles[part].split("... ")[1] for part in parts)])


def ratio(one: float | None, other: float | None) -> str:
    """The first divided by the second, where there are both."""
    return figure(one / other) if one is not None and other else "-"


def document(
    machine: Mapping[str, object],
    settings: Mapping[str, object],
    results: Results,
    differences: Sequence[str],
) -> dict[str, object]:
    """Everything, for JSON."""
    return {
        "machine": machine,
        "settings": settings,
        "engines": {name: _engine(result) for name, result in results.items()},
        "differences": list(differences),
    }


def _engine(result: Result) -> dict[str, object]:
    return {
        "title": result.title,
        "version": result.version,
        "load": asdict(result.load) if result.load else None,
        "peak": result.peak,
        "questions": {key: asdict(timing) for key, timing in result.timings.items()},
    }


def _table(heading: str, results: Results, rows: Sequence[tuple[str, Values]]) -> str:
    lines = [_line(heading, results, {name: result.title for name, result in results.items()}, lambda name: "ratio")]
    for label, values in rows:
        cells = {name: figure(value) for name, value in values.items()}
        lines.append(_line(label, results, cells, lambda name, values=values: ratio(values.get(OURS), values[name])))
    return "\n".join(lines)


def _line(label: str, results: Results, cells: Mapping[str, str], quotient: Callable[[str], str]) -> str:
    line = f"{label:<{LABEL}}"
    for name, result in results.items():
        line += f"{cells[name]:>{max(FIGURE, len(result.title) + 2)}}"
        if OURS in results and name != OURS:
            line += f"{quotient(name):>{RATIO}}"
    return line.rstrip()
