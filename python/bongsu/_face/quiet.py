"""Less of the same: how often a line may come, and lines that repeat."""

from __future__ import annotations

import copy
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from bongsu._core import BongsuError

_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0}
_UNITS["day"] = 86400.0
_RATE = re.compile(r"\s*(\d+)\s*(?:/|per)\s*(\d*)\s*([a-z]+)\s*", re.IGNORECASE)
# More places or messages than this are not told apart for longer than they are the latest ones.
_MOST = 10_000


class Counts:
    """How many records were not written, and why."""

    limited = 0
    repeated = 0


class Rate:
    """So many in so long, for each key.

    >>> rate = Rate("2/minute", clock=lambda: 0.0)
    >>> [rate.admit("a") for _ in range(3)]
    [0, 0, None]
    """

    def __init__(self, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds = parse_rate(text)
        self._clock = clock
        self._seen: OrderedDict[Hashable, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, key: Hashable) -> int | None:
        """None when there were enough; else how many were held back since the last one that was let through."""
        now = self._clock()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None:
                seen = self._seen[key] = [now, 0.0, 0.0]
                if len(self._seen) > _MOST:
                    self._seen.popitem(last=False)
            elif now - seen[0] >= self.seconds:
                seen[0], seen[1] = now, 0.0
            if seen[1] >= self.most:
                seen[2] += 1
                Counts.limited += 1
                return None
            seen[1] += 1
            held, seen[2] = int(seen[2]), 0.0
            return held


class Rates:
    """The limits of a program: a place that asks for the same one again, such as a loop, gets the one it has.

    >>> rates = Rates()
    >>> rates.of("place", "2/minute") is rates.of("place", "2/minute")
    True
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Rate] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, place: Hashable, text: str) -> Rate:
        """The limit that a place asks for."""
        with self._lock:
            rate = self._known.get((place, text))
            if rate is None:
                rate = self._known[place, text] = Rate(text)
                if len(self._known) > _MOST:
                    self._known.popitem(last=False)
            return rate


def parse_rate(text: str) -> tuple[int, float]:
    """How many, in how many seconds.

    >>> parse_rate("10/minute"), parse_rate("3 per 2 hours"), parse_rate("5/s")
    ((10, 60.0), (3, 7200.0), (5, 1.0))
    """
    found = _RATE.fullmatch(text) if isinstance(text, str) else None
    word = found[3].lower() if found else ""
    unit = _UNITS.get(word) or (_UNITS.get(word.removesuffix("s")) if len(word) > 2 else None)
    if found is None or unit is None or int(found[1]) == 0 or found[2] == "0":
        raise BongsuError(f'limit {text!r}: a limit is a number and a time, such as "10/minute", "5/s" or "100 per hour"')
    return int(found[1]), unit * int(found[2] or 1)


def held_back(count: int) -> str:
    """What is said of records that were held back by a limit."""
    return f" ({count} more held back)"


def repeated(count: int) -> str:
    """What is said of a line that was repeated.

    >>> repeated(41)
    '… repeated 41 times'
    """
    return f"… repeated {count} time{'' if count == 1 else 's'}"


class Limit(logging.Filter):
    """A filter for `logging`: so many records in so long, of each call or of each message.

    >>> logger = logging.getLogger("chatty")
    >>> logger.addFilter(Limit("10/minute"))
    """

    def __init__(self, rate: str, *, by: str = "site") -> None:
        super().__init__()
        self._rate = Rate(rate)
        self._by_site = checked_by(by)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; the first one after a pause says how many were not."""
        key = (record.pathname, record.lineno) if self._by_site else (record.levelno, record.getMessage())
        held = self._rate.admit(key)
        if held:
            record.msg, record.args = record.getMessage() + held_back(held), ()
        return held is not None


def checked_by(by: str) -> bool:
    """Whether a limit counts calls by where they stand."""
    if by not in ("site", "message"):
        raise BongsuError(f'limit(by={by!r}): by takes "site" (where the call stands) or "message"')
    return by == "site"


class Collapse(logging.Filter):
    """A filter for `logging`: a record that says what the one before it said is not written, but counted.

    Before the next one that is different, and when the handler is closed or the program ends, comes a line `… repeated 41 times`.
    Put it on the handler that it is made for.
    """

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__()
        self._handler = handler
        self._last: tuple[str, int, str] | None = None
        self._record: logging.LogRecord | None = None
        self._count = 0
        self._close = handler.close
        # `logging` closes all handlers at the end of the program.
        vars(handler)["close"] = self._end

    def _end(self) -> None:
        self.flush()
        self._close()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if getattr(record, "_repeats", False):
            return True
        key = (record.name, record.levelno, record.getMessage())
        if key == self._last and not record.exc_info:
            self._count += 1
            Counts.repeated += 1
            return False
        self.flush()
        self._last, self._record = key, record
        return True

    def flush(self) -> None:
        """Writes how often the last record was repeated, if it was."""
        count, record = self._count, self._record
        self._count, self._last = 0, None
        if count and record is not None:
            told = copy.copy(record)
            told.msg, told.args, told.exc_info, told.exc_text = repeated(count), (), None, None
            vars(told)["_repeats"] = True
            self._handler.handle(told)
