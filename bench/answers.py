"""Answers in one form, and whether two of them are the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from questions import QUANTILES, TOP, Want
from times import nanoseconds

TOLERANCE = 0.01
"""How far a quantile may be from the exact one, as a share of it."""

LEVELS = {"WARN": "WARNING", "FATAL": "CRITICAL"}
"""Levels that bongsu knows under another name."""

Row = Mapping[str, Any]
Answer = Any
"""Its type goes by the question: see `answer`."""


class Exact(NamedTuple):
    """A quantile of all values: it falls between two neighbours, and definitions differ in what they make of that."""

    low: float
    high: float


def answer(want: Want, rows: Iterable[Row]) -> Answer:
    """Brings an engine's rows into one form.

    Rows have the keys `time` and `message`, or `n`, or `minute level n`, or `service n`, or `service p50 p95 p99`.
    """
    match want:
        case Want.NEWEST:
            return sorted(((nanoseconds(row["time"]), row["message"]) for row in rows), reverse=True)
        case Want.COUNT:
            (row,) = rows
            return int(row["n"])
        case Want.LEVELS:
            return {(nanoseconds(row["minute"]), level(row["level"])): int(row["n"]) for row in rows}
        case Want.SERVICES:
            return sorted(((row["service"], int(row["n"])) for row in rows), key=lambda pair: (-pair[1], pair[0]))
        case Want.QUANTILES:
            return {row["service"]: tuple(float(row[name]) for name in quantile_names()) for row in rows}


def quantile_names() -> list[str]:
    """p50, p95, p99."""
    return [f"p{share * 100:g}" for share in QUANTILES]


def exact_quantiles(values: Iterable[float]) -> tuple[Exact, ...]:
    """Where p50, p95 and p99 lie among all values."""
    ordered = sorted(values)
    return tuple(_exact(ordered, share) for share in QUANTILES)


def _exact(ordered: Sequence[float], share: float) -> Exact:
    place = share * (len(ordered) - 1)
    return Exact(ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)])


def level(name: str) -> str:
    """One spelling for a level."""
    return LEVELS.get(name.upper(), name.upper())


def difference(want: Want, expected: Answer, actual: Answer) -> str | None:
    """What is different, in words; nothing when the answers are the same.

    Expected quantiles are those of `exact_quantiles`, by service.
    """
    match want:
        case Want.COUNT:
            return None if expected == actual else f"{actual:,} instead of {expected:,}"
        case Want.NEWEST:
            return _rows_differ(expected, actual)
        case Want.LEVELS:
            return _groups_differ(expected, actual)
        case Want.SERVICES:
            return _rankings_differ(expected, actual)
        case Want.QUANTILES:
            return _quantiles_differ(expected, actual)


def size(want: Want, value: Answer) -> int:
    """One number that tells of an answer: the count, or how many rows it has."""
    return value if want is Want.COUNT else len(value)


def _rows_differ(expected: Answer, actual: Answer) -> str | None:
    if len(expected) != len(actual):
        return f"{len(actual)} rows instead of {len(expected)}"
    if [time for time, _ in expected] != [time for time, _ in actual]:
        return "rows of other times"
    # Which of several rows of the oldest time are among the newest is anybody's choice.
    oldest = expected[-1][0] if expected else 0
    for one, other in zip(expected, actual, strict=True):
        if one != other and one[0] > oldest:
            return f"another message at {one[0]}: {other[1]!r} instead of {one[1]!r}"
    return None


def _groups_differ(expected: Answer, actual: Answer) -> str | None:
    if expected == actual:
        return None
    wrong = {key for key in expected.keys() | actual.keys() if expected.get(key) != actual.get(key)}
    first = min(wrong)
    return (
        f"{len(wrong)} of {len(expected)} groups, first {first}: {actual.get(first)} instead of {expected.get(first)}"
    )


def _rankings_differ(expected: Answer, actual: Answer) -> str | None:
    if [count for _, count in expected] != [count for _, count in actual]:
        return f"{actual} instead of {expected}"
    # Which of several services of the lowest count are on the list is anybody's choice, when the list is full.
    least = expected[-1][1] if len(expected) == TOP else 0
    safe = [pair for pair in expected if pair[1] > least]
    return None if safe == actual[: len(safe)] else f"{actual} instead of {expected}"


def _quantiles_differ(expected: Answer, actual: Answer) -> str | None:
    if expected.keys() != actual.keys():
        return f"services {sorted(expected.keys() ^ actual.keys())} are only on one side"
    service, name, off = worst_quantile(expected, actual)
    return None if off <= TOLERANCE else f"{name} of {service} is {100 * off:.2f} % off"


def worst_quantile(expected: Answer, actual: Answer) -> tuple[str, str, float]:
    """The service and the quantile that are farthest off, and how far."""
    worst = ("", "", 0.0)
    for service, exact in expected.items():
        for name, right, value in zip(quantile_names(), exact, actual.get(service, ()), strict=False):
            worst = max(worst, (service, name, _off(right, value)), key=lambda entry: entry[2])
    return worst


def _off(right: Exact, value: float) -> float:
    nearest = min(max(value, right.low), right.high)
    return abs(value - nearest) / abs(nearest) if nearest else abs(value)
