"""A plain scan in Python: the expected answers where no database is installed, or to check the databases by."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import Any

from answers import Answer, answer, exact_quantiles
from engines.base import Source
from questions import NEWEST, TOP, Condition, How, Question, Want
from times import MINUTE, nanoseconds

Record = dict[str, Any]

_BLOCK = 1 << 20


def scan(
    sources: Iterable[Source], questions: Sequence[Question], deleted: Sequence[Condition] = ()
) -> dict[str, Answer]:
    """The answers by the questions' keys, in one pass over the sources.

    Rows that meet all conditions of `deleted` are passed over.
    """
    gatherings = [(question, _matcher(question.where), Gathering()) for question in questions]
    gone = [_matcher(condition) for condition in deleted]
    for line in _lines(sources):
        record = json.loads(line)
        if gone and all(matches(record) for matches in gone):
            continue
        time = nanoseconds(record["_time"])
        for question, matches, gathering in gatherings:
            if matches(record) and (question.span is None or question.span.start <= time < question.span.end):
                gathering.take(question.want, time, record)
    return {question.key: gathering.answer(question.want) for question, _, gathering in gatherings}


class Gathering:
    """What one question has found so far."""

    def __init__(self) -> None:
        self._count = 0
        self._found: list[Record] = []
        self._levels: Counter[tuple[int, str]] = Counter()
        self._services: Counter[str] = Counter()
        self._durations: defaultdict[str, list[float]] = defaultdict(list)

    def take(self, want: Want, time: int, record: Record) -> None:
        """One row that matches."""
        match want:
            case Want.COUNT:
                self._count += 1
            case Want.NEWEST:
                self._found.append({"time": time, "message": record["message"]})
            case Want.LEVELS:
                self._levels[time // MINUTE * MINUTE, record["level"]] += 1
            case Want.SERVICES:
                self._services[record["service"]] += 1
            case Want.QUANTILES:
                if (duration := record.get("duration_ms")) is not None:
                    self._durations[record["service"]].append(duration)

    def answer(self, want: Want) -> Answer:
        """The whole answer, with exact quantiles."""
        if want is Want.QUANTILES:
            return {service: exact_quantiles(values) for service, values in self._durations.items()}
        return answer(want, self._rows(want))

    def _rows(self, want: Want) -> list[Record]:
        match want:
            case Want.COUNT:
                return [{"n": self._count}]
            case Want.NEWEST:
                return nlargest(NEWEST, self._found, key=lambda row: row["time"])
            case Want.LEVELS:
                return [{"minute": minute, "level": level, "n": n} for (minute, level), n in self._levels.items()]
            case _:
                return [{"service": service, "n": n} for service, n in self._services.most_common(TOP)]


def _lines(sources: Iterable[Source]) -> Iterator[bytes]:
    return (line for source in sources for batch in source.batches(_BLOCK) for line in batch.splitlines())


def _matcher(where: Condition | None) -> Callable[[Record], bool]:
    if where is None:
        return lambda record: True
    text = where.text
    match where.how:
        case How.TRACE:
            return lambda record: record["trace_id"] == text
        case How.SERVICE:
            return lambda record: record["service"] == text
        case How.LEVEL:
            return lambda record: record["level"] == text
        case How.REGEX:
            search = re.compile(text).search
            return lambda record: search(record["message"]) is not None
        case How.WORD | How.PHRASE | How.PART:
            return lambda record: text in record["message"]
