"""Times as templates write them: `YYYY-MM-DD HH:mm:ss.SSS`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_DEFAULT = "YYYY-MM-DDTHH:mm:ss.SSSSSSZZ"
_TOKEN = re.compile(
    r"\[(?:\\.|[^\]])*\]|YYYY|YY|Q|MMMM|MMM|MM|M|DDDD|DDD|DD|D|dddd|ddd|d|E|HH|H|hh|h|mm|m|ss|s|S{1,6}|A|ZZ|Z|zz|X|x"
)


def _zone(moment: datetime, between: str) -> str:
    offset = moment.utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return f"{sign}{minutes // 60:02}{between}{minutes % 60:02}"


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04}",
    "YY": lambda t: f"{t.year % 100:02}",
    "Q": lambda t: str((t.month + 2) // 3),
    "MMMM": lambda t: t.strftime("%B"),
    "MMM": lambda t: t.strftime("%b"),
    "MM": lambda t: f"{t.month:02}",
    "M": lambda t: str(t.month),
    "DDDD": lambda t: t.strftime("%j"),
    "DDD": lambda t: str(t.timetuple().tm_yday),
    "DD": lambda t: f"{t.day:02}",
    "D": lambda t: str(t.day),
    "dddd": lambda t: t.strftime("%A"),
    "ddd": lambda t: t.strftime("%a"),
    "d": lambda t: str(t.weekday()),
    "E": lambda t: str(t.isoweekday()),
    "HH": lambda t: f"{t.hour:02}",
    "H": lambda t: str(t.hour),
    "hh": lambda t: f"{(t.hour - 1) % 12 + 1:02}",
    "h": lambda t: str((t.hour - 1) % 12 + 1),
    "mm": lambda t: f"{t.minute:02}",
    "m": lambda t: str(t.minute),
    "ss": lambda t: f"{t.second:02}",
    "s": lambda t: str(t.second),
    "A": lambda t: "AM" if t.hour < 12 else "PM",
    "Z": lambda t: _zone(t, ":"),
    "ZZ": lambda t: _zone(t, ""),
    "zz": lambda t: t.tzname() or "",
    "X": lambda t: str(int(t.timestamp())),
    "x": lambda t: str(int(t.timestamp()) * 1_000_000 + t.microsecond),
}


def _fraction(digits: int) -> Callable[[datetime], str]:
    return lambda t: f"{t.microsecond:06}"[:digits]


_FRACTIONS = {"S" * digits: _fraction(digits) for digits in range(1, 7)}
# What changes within a second.
_QUICK = {_WRITERS["x"], *_FRACTIONS.values()}


@lru_cache(maxsize=64)
def _parts(spec: str) -> tuple[str | Callable[[datetime], str], ...]:
    parts: list[str | Callable[[datetime], str]] = []
    end = 0
    for found in _TOKEN.finditer(spec):
        parts.append(spec[end : found.start()])
        end = found.end()
        token = found[0]
        if token.startswith("["):
            parts.append(token[1:-1])
        elif token.startswith("S"):
            parts.append(_FRACTIONS[token])
        else:
            parts.append(_WRITERS[token])
    parts.append(spec[end:])
    return tuple(part for part in parts if part != "")


@lru_cache(maxsize=64)
def _of_second(
    spec: str, second: datetime, offset: timedelta | None, name: str | None
) -> tuple[str | Callable[[datetime], str], ...]:
    """The parts with what does not change within a second written already: many records have the same one."""
    zone = None if offset is None else timezone(offset, name or "")
    moment = second.replace(tzinfo=zone)
    made: list[str | Callable[[datetime], str]] = []
    for part in _parts(spec):
        if callable(part) and part not in _QUICK:
            part = part(moment)
        if made and isinstance(part, str) and isinstance(made[-1], str):
            made[-1] += part
        else:
            made.append(part)
    return tuple(made)


class Moment(datetime):
    """A time that is formatted by such a template; `!UTC` behind it asks for universal time, `%` for `strftime`.

    >>> f"{Moment(2025, 6, 6, 12, 0, 5, 123456):YYYY-MM-DD HH:mm:ss.SSS [at] h A}"
    '2025-06-06 12:00:05.123 at 12 PM'
    """

    def __format__(self, spec: str) -> str:
        if "%" in spec:
            return super().__format__(spec)
        moment: datetime = self
        if spec.endswith("!UTC"):
            moment, spec = self.astimezone(timezone.utc), spec[:-4]
        second = datetime(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, fold=moment.fold)
        parts = _of_second(spec or _DEFAULT, second, moment.utcoffset(), moment.tzname())
        return "".join([part if isinstance(part, str) else part(moment) for part in parts])
