"""SIGTERM, where the program leaves it to the system: the end is recorded, all lines come into their files, and it ends the process.

The system calls a handler in Rust, which needs no interpreter: a program that is busy in C ends at once, as it would have. Python is
told of one, too: servers put back the handler that was there before theirs once they are done, and send themselves the signal again.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType

from bongsu import _core
from bongsu._handler import Handler

_TEXT = "Logging stopped"


def attend() -> bool:
    """Has the signal wait for lines; whether it does."""
    if not _core.drain_on_sigterm():
        return False
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_sigterm)
        _core.drain_on_sigterm(is_ours=True)
    return True


def record_end(settings: _core.Settings, logger: str, handlers: Sequence[Handler]) -> None:
    """Has the end recorded in the files of these handlers."""
    sinks = [handler.sink for handler in handlers]
    settings.last_words(sinks, logger, _on_sigterm.__name__, __file__, _TEXT)


def forget() -> None:
    """Leaves the signal to the system again."""
    _core.forget_last_words()
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is _on_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _on_sigterm(number: int, frame: FrameType | None) -> None:
    _core.end_by_sigterm()
