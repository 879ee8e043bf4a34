"""What the benchmark expects of an engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from answers import Answer
from measure import Quiet
from questions import Question


class Missing(Exception):
    """The engine is not installed; the message says how to get it."""


class EngineError(Exception):
    """The engine did something that a measurement cannot go on from."""


class Source(Protocol):
    """Something that gives lines."""

    def batches(self, size: int) -> Iterator[bytes]:
        """The lines, in pieces of about `size` bytes."""
        ...


@dataclass(frozen=True)
class Sending:
    """How servers are loaded."""

    batch: int
    """Bytes of a request."""
    connections: int
    """Connections that are kept open and used side by side."""


@dataclass(frozen=True)
class Settling:
    """How the end of the work that follows a load is waited for."""

    quiet: Quiet
    restart: bool
    """Do not wait: stop the server, which writes everything out, and start it again. Compaction is left out then."""


@dataclass(frozen=True)
class Load:
    """What loading cost. Figures that an engine cannot give are left out."""

    rows: int
    cpu: float
    """CPU seconds at the last answer."""
    wall: float
    """Seconds until the last answer."""
    cpu_settled: float
    """CPU seconds when the work behind it was done as well."""
    peak: int
    """Most bytes of memory until then."""
    stored: int
    """Bytes that the table needs."""
    disk: int
    """Bytes of the whole folder, files that wait for their removal included."""
    settled: bool = True
    """Whether the work was seen to end."""
    amplification: float | None = None
    """Bytes written, to the log, to files and to merged files, for each byte that came in."""
    waits: int = 0
    """How often the server asked for a batch to be sent again later."""


class Engine(ABC):
    """One engine that holds the corpus and answers questions about it."""

    name: str
    """As options and the JSON document spell it."""
    title: str
    """As the table spells it."""

    @abstractmethod
    def version(self) -> str:
        """Its version."""

    @abstractmethod
    def load(self) -> Load | None:
        """Takes the corpus in; nothing for an engine that reads the corpus itself."""

    @abstractmethod
    def run(self, question: Question) -> Callable[[], float | None] | None:
        """A function that asks once and reads the answer without looking at it; nothing where the engine cannot say it.

        It returns nothing, or its CPU seconds where every run is a process of its own.
        """

    @abstractmethod
    def answer(self, question: Question) -> Answer:
        """The answer, in the form of `answers.answer`."""

    def expected(self, question: Question) -> Answer | None:
        """The answer that the others must give, with exact quantiles; nothing where the engine is no authority."""
        return None

    @abstractmethod
    def cpu(self) -> float:
        """CPU seconds of its process so far."""

    def pid(self) -> int | None:
        """Its process, where it has one that lasts."""
        return None

    def close(self) -> None:  # noqa: B027 (there may be nothing to end)
        """Ends its process."""
