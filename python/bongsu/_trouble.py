"""What logging cannot do in the midst of a program's work is told on standard error, and does not stop the work."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from bongsu._core import BongsuError

# How long nothing more is told of the same, in seconds: as with files that cannot be written.
_QUIET = 60.0
_MOST = 100
_told: dict[str, float] = {}


def went(work: Callable[[], object]) -> bool:
    """Does a part of logging, and tells whether it could be done.

    >>> went(lambda: None)
    True
    """
    try:
        work()
    except (BongsuError, OSError) as error:
        tell(error)
        return False
    return True


def seconds_of(duration: Any) -> float | None:
    """The seconds of a duration, 0 for one below zero; none of what is no duration, which is told.

    >>> from datetime import timedelta
    >>> seconds_of(1.5), seconds_of(timedelta(seconds=2)), seconds_of(-0.1)
    (1.5, 2.0, 0.0)
    """
    try:
        took = float(duration.total_seconds() if hasattr(duration, "total_seconds") else _number(duration))
    except Exception:
        took = math.nan
    if math.isfinite(took):
        return max(took, 0.0)
    shown = repr(duration) if isinstance(duration, float) else type(duration).__name__
    tell(BongsuError(f"log_performance(duration={shown}): duration takes seconds, such as 1.25; the record is written without it"))
    return None


def _number(value: Any) -> Any:
    """What says that it is a number; a text is none, whatever stands in it."""
    if hasattr(value, "__float__") or hasattr(value, "__index__"):
        return value
    raise TypeError


def text_of(value: object) -> str:
    """`str(value)`, and where that fails the name of the type: the program's own work goes on.

    >>> text_of(KeyError("film"))
    "'film'"
    """
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__qualname__}>"


def tell(error: Exception) -> None:
    """Tells of an error on standard error, once a minute at most."""
    text, now = str(error), time.monotonic()
    if now - _told.get(text, now - _QUIET) < _QUIET:
        return
    if len(_told) >= _MOST:
        _told.clear()
    _told[text] = now
    try:
        sys.stderr.write(f"bongsu: {text}\n")
    except Exception:
        # It is closed or gone: there is nobody else to tell.
        return
