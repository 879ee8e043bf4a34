"""Times as nanoseconds since 1970, and as text."""

import re
from datetime import UTC, datetime, timedelta

SECOND = 10**9
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

_FORM = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(time: str | int) -> int:
    """From RFC 3339 or a database's spelling of it; without a zone it is UTC; whole numbers pass through."""
    if isinstance(time, int):
        return time
    found = _FORM.match(time)
    if found is None:
        raise ValueError(f"not a time: {time!r}")
    day, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    seconds = (datetime.fromisoformat(f"{day}T{clock}{zone}") - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND + int((fraction or "").ljust(9, "0"))


def rfc3339(time: int) -> str:
    """Nine digits and Z."""
    return _spelled(time, "T") + "Z"


def plain(time: int) -> str:
    """As SQL literals like it: a blank in the middle, no zone."""
    return _spelled(time, " ")


def date(time: int) -> str:
    """The day in UTC."""
    return rfc3339(time)[:10]


def _spelled(time: int, between: str) -> str:
    seconds, rest = divmod(time, SECOND)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d}{between}{moment:%H:%M:%S}.{rest:09d}"
