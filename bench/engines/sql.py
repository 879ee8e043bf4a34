"""The questions in SQL, for the engines that speak a dialect of it."""

from collections.abc import Callable
from dataclasses import dataclass

from questions import NEWEST, TOP, Condition, How, Question, Span, Want


def quoted(text: str) -> str:
    """A string literal of standard SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Dialect:
    """Where the engines' SQL differs."""

    table: str
    time: str
    """The column of times."""
    row: str
    """What a search selects: whole rows, with `time` exact to the nanosecond."""
    minute: str
    """The minute of a row."""
    moment: Callable[[int], str]
    """A literal for a time."""
    regex: Callable[[str], str]
    """The condition that the message matches."""
    quantiles: str
    """Three columns p50, p95 and p99, or one list `p`."""
    gather: str = "array_agg"
    """The aggregate that makes one list of a group's values."""
    quote: Callable[[str], str] = quoted


def statement(question: Question, sql: Dialect) -> str:
    """The question as one SELECT."""
    conditions = _conditions(question.where, question.span, sql)
    if question.want is Want.QUANTILES:
        conditions.append("duration_ms IS NOT NULL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    source = f"FROM {sql.table}{where}"
    match question.want:
        case Want.NEWEST:
            return f"SELECT {sql.row} {source} ORDER BY {sql.table}.{sql.time} DESC LIMIT {NEWEST}"
        case Want.COUNT:
            return f"SELECT count(*) AS n {source}"
        case Want.LEVELS:
            return f"SELECT {sql.minute} AS minute, level, count(*) AS n {source} GROUP BY 1, 2"
        case Want.SERVICES:
            return f"SELECT service, count(*) AS n {source} GROUP BY service ORDER BY n DESC LIMIT {TOP}"
        case Want.QUANTILES:
            return f"SELECT service, {sql.quantiles} {source} GROUP BY service"


def durations(sql: Dialect) -> str:
    """All durations by service, from which quantiles can be taken exactly."""
    return (
        f"SELECT service, {sql.gather}(duration_ms) AS durations"
        f" FROM {sql.table} WHERE duration_ms IS NOT NULL GROUP BY service"
    )


def _conditions(where: Condition | None, span: Span | None, sql: Dialect) -> list[str]:
    conditions = [_condition(where, sql)] if where else []
    if span:
        conditions.append(f"{sql.time} >= {sql.moment(span.start)} AND {sql.time} < {sql.moment(span.end)}")
    return conditions


def _condition(where: Condition, sql: Dialect) -> str:
    match where.how:
        case How.TRACE:
            return f"trace_id = {sql.quote(where.text)}"
        case How.SERVICE:
            return f"service = {sql.quote(where.text)}"
        case How.LEVEL:
            return f"level = {sql.quote(where.text)}"
        case How.REGEX:
            return sql.regex(where.text)
        case How.WORD | How.PHRASE | How.PART:
            assert not set("%_\\") & set(where.text), "LIKE would take it for a wildcard"
            return f"message LIKE {sql.quote(f'%{where.text}%')}"
