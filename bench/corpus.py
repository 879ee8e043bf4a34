"""The corpus: JSON lines in the order of time, and what the questions need to know of them."""

import json
import mmap
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from questions import Span
from times import DAY, MINUTE, SECOND, date, nanoseconds, rfc3339

_SAMPLE = 20_000
"""Rows that tell which service is common, when the corpus says nothing of it."""

_BLOCK = 1 << 22


@dataclass(frozen=True)
class Corpus:
    """A file of JSON lines."""

    path: Path
    bytes: int
    rows: int
    needle: str
    """A trace id of exactly one row."""
    service: str
    """A service with many rows."""
    first: int
    last: int
    """Times of the first and of the last row."""

    def batches(self, size: int) -> Iterator[bytes]:
        """The lines, in pieces of about `size` bytes."""
        with self.path.open("rb") as file:
            while piece := file.read(size):
                yield piece + file.readline()

    @property
    def span(self) -> Span:
        """A range in the middle that nothing is aligned with: both ends lie within a second of an odd minute."""
        length = self.last - self.first
        start, end = self.first + length * 31 // 100, self.first + length * 71 // 100
        return Span(_in_odd_minute(start, 17.3), _in_odd_minute(end, 41.7))

    @property
    def days(self) -> int:
        """Days that the rows lie in."""
        return self.last // DAY - self.first // DAY + 1


class CorpusError(Exception):
    """The corpus cannot be used."""


def open_corpus(path: Path, most: int | None, work: Path) -> Corpus:
    """Looks a corpus over; of one larger than `most` bytes, the first `most` bytes are copied to `work` and used."""
    if not path.is_file():
        raise CorpusError(f"there is no file {path}")
    meta = _meta(path)
    if most is not None and path.stat().st_size > most:
        path = _cut(path, most, work / "corpus.jsonl")
    with path.open("rb") as file:
        first = json.loads(file.readline())
        sample = Counter(json.loads(line)["service"] for line in islice(file, _SAMPLE))
        services = meta.get("by_service") or sample
    return Corpus(
        path=path,
        bytes=path.stat().st_size,
        rows=_rows(path),
        needle=_needle(path, meta.get("needles", [])),
        service=max(services, key=lambda name: services[name]),
        first=nanoseconds(first["_time"]),
        last=nanoseconds(json.loads(_last_line(path))["_time"]),
    )


def parse_size(text: str) -> int:
    """100M, 1G or a number of bytes; units are powers of 1,000."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)B?", text.strip().upper())
    if found is None:
        raise ValueError(f"not a size: {text!r} (write 100M, 1G or a number of bytes)")
    return int(float(found[1]) * {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}[found[2]])


class Repeated:
    """The corpus as if it had gone on: each repetition comes whole days later and has trace ids of its own."""

    def __init__(self, corpus: Corpus, times: int) -> None:
        if times > 32:
            raise CorpusError("a corpus can be repeated 32 times: there are no more ways to turn a trace id round")
        self.corpus = corpus
        self.times = times

    def batches(self, size: int) -> Iterator[bytes]:
        """The lines, in pieces of about `size` bytes."""
        for copy in range(self.times):
            for batch in self.corpus.batches(size):
                yield self._moved(batch, copy)

    def needle(self, copy: int) -> str:
        """The needle's spelling in a repetition, counted from 0."""
        return turned(self.corpus.needle, copy)

    def shift(self, copy: int) -> int:
        """How much later a repetition is."""
        return copy * self.corpus.days * DAY

    def day_of(self, copy: int) -> Span:
        """The whole days that a repetition lies in."""
        start = self.corpus.first // DAY * DAY + self.shift(copy)
        return Span(start, start + self.corpus.days * DAY)

    def _moved(self, batch: bytes, copy: int) -> bytes:
        if copy == 0:
            return batch
        days = [self.corpus.first + day * DAY for day in range(self.corpus.days)]
        for day in reversed(days):
            old, new = date(day), date(day + self.shift(copy))
            for key in ('"_time":"', '"_time": "'):
                batch = batch.replace(f"{key}{old}".encode(), f"{key}{new}".encode())
        return _with_turned_ids(batch, copy)


class Late:
    """The corpus's first rows once more, as if they had been held up: their old times, and trace ids of their own."""

    def __init__(self, corpus: Corpus, share: float) -> None:
        self.corpus = corpus
        self.rows = round(corpus.rows * share)

    def batches(self, size: int) -> Iterator[bytes]:
        """The lines, in pieces of about `size` bytes."""
        left = self.rows
        batches = self.corpus.batches(size)
        while left > 0:
            lines = next(batches).splitlines(keepends=True)[:left]
            left -= len(lines)
            yield _with_turned_ids(b"".join(lines), 1)


def turned(trace: str, by: int) -> str:
    """The id with its first digits put last: as good as a new one, and cheap to make."""
    return trace[by:] + trace[:by]


def describe(corpus: Corpus) -> str:
    """One line about it."""
    return (
        f"corpus: {corpus.path.name}, {corpus.bytes:,} bytes, {corpus.rows:,} rows, "
        f"{rfc3339(corpus.first)[:16]} to {rfc3339(corpus.last)[:16]}, needle {corpus.needle}"
    )


def _with_turned_ids(batch: bytes, by: int) -> bytes:
    head = rb'("trace_id": ?")([0-9a-f]{%d})([0-9a-f]+)' % by
    return re.sub(head, rb"\1\3\2", batch)


def _meta(path: Path) -> dict:
    try:
        return json.loads(path.with_name(path.name + ".meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _cut(path: Path, most: int, to: Path) -> Path:
    with path.open("rb") as whole, to.open("wb") as part:
        left = most
        while left > 0 and (block := whole.read(min(_BLOCK, left))):
            left -= len(block)
            part.write(block if left > 0 else block[: block.rindex(b"\n") + 1])
    return to


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _last_line(path: Path) -> bytes:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        end = len(text) - 1 if text[-1:] == b"\n" else len(text)
        return text[text.rfind(b"\n", 0, end) + 1 : end]


def _needle(path: Path, known: list[str]) -> str:
    """The first known needle that the file has, or else a trace id near its middle that no other row has."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        for needle in known:
            if text.find(needle.encode()) >= 0:
                return needle
        text.seek(len(text) // 2)
        text.readline()
        for line in iter(text.readline, b""):
            trace = json.loads(line).get("trace_id", "")
            place = text.find(trace.encode(), 0) if trace else -1
            if place >= 0 and text.find(trace.encode(), place + 1) < 0:
                return trace
    raise CorpusError(f"{path} has no trace id that stands in one row only")


def _in_odd_minute(time: int, seconds: float) -> int:
    minute = time // MINUTE
    return (minute | 1) * MINUTE + round(seconds * 10) * SECOND // 10
