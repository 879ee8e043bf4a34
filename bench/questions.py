"""What is asked, in no engine's language. Each engine translates a question into its own."""

from dataclasses import dataclass
from enum import Enum, auto

RARE_WORD = "NoRouteToHostException"
PHRASE = "session closed"
REGEX = r"Failed password for (invalid user )?\w+ from [\d.]+ port \d+"
RARE_PART = "outeToHostExc"
COMMON_PART = "ailed passw"

NEWEST = 100
"""Rows of a search."""
TOP = 10
"""Services of a ranking."""
QUANTILES = (0.5, 0.95, 0.99)


class Want(Enum):
    """The shape of an answer."""

    NEWEST = auto()
    """The newest matching rows, whole."""
    COUNT = auto()
    """How many rows match."""
    LEVELS = auto()
    """Rows by minute and level."""
    SERVICES = auto()
    """The services with the most rows."""
    QUANTILES = auto()
    """p50, p95 and p99 of duration_ms by service."""


class How(Enum):
    """What a condition looks at."""

    TRACE = auto()
    WORD = auto()
    PHRASE = auto()
    PART = auto()
    REGEX = auto()
    SERVICE = auto()
    LEVEL = auto()


IN_MESSAGE = frozenset({How.WORD, How.PHRASE, How.PART, How.REGEX})


@dataclass(frozen=True)
class Condition:
    """Which rows."""

    how: How
    text: str


@dataclass(frozen=True)
class Span:
    """A range of time in nanoseconds since 1970, without its end."""

    start: int
    end: int


@dataclass(frozen=True)
class Question:
    """One line of the table."""

    key: str
    title: str
    want: Want
    where: Condition | None = None
    span: Span | None = None


def questions(needle: str, service: str, span: Span) -> list[Question]:
    """What is compared: `needle` is a trace id of one row, `service` a common one, `span` an unaligned range."""
    word, phrase = Condition(How.WORD, RARE_WORD), Condition(How.PHRASE, PHRASE)
    auth, errors = Condition(How.SERVICE, service), Condition(How.LEVEL, "ERROR")
    return [
        Question("a", "a. one trace id", Want.NEWEST, Condition(How.TRACE, needle)),
        Question("b_newest", "b. rare word, newest 100", Want.NEWEST, word),
        Question("b_count", "b. rare word, count", Want.COUNT, word),
        Question("c_newest", "c. phrase, newest 100", Want.NEWEST, phrase),
        Question("c_count", "c. phrase, count", Want.COUNT, phrase),
        Question("d", "d. level by minute", Want.LEVELS),
        Question("d_where", "d. ... of one service", Want.LEVELS, auth),
        Question("d_span", "d. ... in a time range", Want.LEVELS, None, span),
        Question("d_both", "d. ... both", Want.LEVELS, auth, span),
        Question("e", "e. top 10 services", Want.SERVICES),
        Question("e_where", "e. ... of level ERROR", Want.SERVICES, errors),
        Question("e_span", "e. ... in a time range", Want.SERVICES, None, span),
        Question("e_both", "e. ... both", Want.SERVICES, errors, span),
        Question("f", "f. regex, count", Want.COUNT, Condition(How.REGEX, REGEX)),
        Question("g", "g. quantiles by service", Want.QUANTILES),
        Question("h_newest", "h. substring, newest 100", Want.NEWEST, Condition(How.PART, RARE_PART)),
        Question("h_count", "h. substring, count", Want.COUNT, Condition(How.PART, COMMON_PART)),
    ]
