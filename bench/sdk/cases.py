"""What is measured, and the columns that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Sizes(NamedTuple):
    """A number for a full run, and one for a quick one."""

    full: int
    quick: int

    def of(self, quick: bool) -> int:
        """The one that counts."""
        return self.quick if quick else self.full


@dataclass(frozen=True)
class Case:
    """One measurement."""

    count: Sizes
    """Records."""
    rotate: Sizes = Sizes(10_000_000, 1_000_000)
    """Bytes at which the file rotates."""
    longest: Sizes = Sizes(120, 20)
    """Seconds after which it counts as hanging."""
    checked: bool = True
    """Whether each record has to be in the files once."""
    rounds: int = 1_000
    """How often it is measured at the most."""
    reopened: bool = False
    """Whether it ends with `kill -9`, and the library then opens its log again."""


@dataclass(frozen=True)
class Column:
    """One figure of a case."""

    title: str
    case: str
    figure: str
    digits: int = 2
    unit: float = 1
    """The figure is divided by this."""
    more_is_better: bool = False
    counts: bool = False
    """A number of things that went wrong, of which the worst round counts: it has no ratio."""


# The files of plain records reach 10 MB, those of the others rotate sooner so that a round stays short.
SOONER = Sizes(2_000_000, 250_000)
FORKS = Sizes(60, 20)

PYTHON_CASES = {
    "plain": Case(Sizes(160_000, 20_000), longest=Sizes(300, 20), rounds=3),
    "place": Case(Sizes(40_000, 5_000), SOONER),
    "threads": Case(Sizes(40_000, 5_000), SOONER),
    "off": Case(Sizes(400_000, 100_000), checked=False),
    "exception": Case(Sizes(1_000, 200)),
    "json": Case(Sizes(10_000, 3_000)),
    "decorator": Case(Sizes(5_000, 1_500), checked=False),
    "crash": Case(Sizes(10_001, 10_001), rounds=3, reopened=True),
    "fork": Case(FORKS, longest=Sizes(60, 30), rounds=3, checked=False),
}
PYTHON_COLUMNS = (
    Column("plain µs", "plain", "cpu_ns", unit=1_000),
    Column("with caller µs", "place", "cpu_ns", unit=1_000),
    Column("4 threads µs", "threads", "cpu_ns", unit=1_000),
    Column("off ns", "off", "cpu_ns", digits=0),
    Column("exception µs", "exception", "cpu_ns", unit=1_000),
    Column("json+5 µs", "json", "cpu_ns", unit=1_000),
    Column("decorator µs", "decorator", "cpu_ns", unit=1_000),
    Column("lost at kill -9", "crash", "lost", digits=0, counts=True),
    Column("hung forks", "fork", "hung", digits=0, counts=True),
)

RUST_CASES = {
    "hot": Case(Sizes(200_000, 50_000)),
    "sustained": Case(Sizes(500_000, 50_000)),
    "threads": Case(Sizes(500_000, 50_000)),
    "crash": Case(Sizes(10_001, 10_001), rounds=3, reopened=True),
}
RUST_COLUMNS = (
    Column("hot, caller ns", "hot", "caller_ns", digits=0),
    Column("hot, CPU ns", "hot", "cpu_ns", digits=0),
    Column("sustained M/s", "sustained", "million_a_second", more_is_better=True),
    Column("sustained CPU ns", "sustained", "cpu_ns", digits=0),
    Column("4 threads M/s", "threads", "million_a_second", more_is_better=True),
    Column("4 threads CPU ns", "threads", "cpu_ns", digits=0),
    Column("lost at kill -9", "crash", "lost", digits=0, counts=True),
)
