"""What logging cannot do in the midst of a program's work is told on standard error, and does not stop the work."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

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
