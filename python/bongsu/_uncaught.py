"""Warnings and exceptions that nobody caught: logged, and then shown as they would have been."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import types
import warnings
from collections.abc import Callable
from typing import Any, TextIO

from bongsu._handler import Handler

_Excepthook = Callable[[type[BaseException], BaseException, "types.TracebackType | None"], Any]


class _Hooks:
    """The hooks as they were before, while ours are in their place."""

    def __init__(self) -> None:
        self.excepthook: _Excepthook = sys.excepthook
        self.thread = threading.excepthook
        self.unraisable = sys.unraisablehook
        self.showwarning = warnings.showwarning


_before: _Hooks | None = None


def capture() -> None:
    """Has warnings logged (logger `py.warnings`, WARNING), and uncaught exceptions of the program (`uncaught`, CRITICAL), of
    threads and of where Python cannot raise them (ERROR). All are shown as before, too; `release` ends it.

    What a task of `asyncio` raised and nobody asked for is logged by `asyncio` itself, to the logger of that name.

    >>> capture(); capture()
    >>> sys.excepthook is sys.__excepthook__
    False
    >>> release()
    """
    global _before
    if _before is not None:
        return
    before = _before = _Hooks()

    def excepthook(
        kind: type[BaseException], error: BaseException, frames: types.TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _tell("uncaught", logging.CRITICAL, f"Uncaught {kind.__name__}", (kind, error, frames))
        before.excepthook(kind, error, frames)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "unknown"
            text = f"Uncaught {args.exc_type.__name__} in thread {name}"
            _tell("uncaught", logging.ERROR, text, (args.exc_type, args.exc_value, args.exc_traceback))
        before.thread(args)

    def unraisable_hook(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            text = f"{args.err_msg or 'Exception ignored in'}: {args.object!r}"
            _tell("uncaught", logging.ERROR, text, (args.exc_type, args.exc_value, args.exc_traceback))
        before.unraisable(args)

    def showwarning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if file is None:
            text = warnings.formatwarning(message, category, filename, lineno, line).rstrip("\n")
            _tell("py.warnings", logging.WARNING, text, None)
        before.showwarning(message, category, filename, lineno, file, line)

    sys.excepthook = excepthook
    threading.excepthook = thread_hook
    sys.unraisablehook = unraisable_hook
    warnings.showwarning = showwarning


def release() -> None:
    """Takes the hooks away again."""
    global _before
    if _before is not None:
        sys.excepthook = _before.excepthook
        threading.excepthook = _before.thread
        sys.unraisablehook = _before.unraisable
        warnings.showwarning = _before.showwarning
        _before = None


def _tell(name: str, level: int, text: str, error: Any) -> None:
    """Logs to our handlers only: the screen has it as before. The program's own end must not fail for that."""
    with contextlib.suppress(Exception):
        logger = logging.getLogger(name)
        if not logger.isEnabledFor(level):
            return
        function, file, line = _place(error)
        record = logger.makeRecord(name, level, file, line, "%s", (text,), error, function)
        above: logging.Logger | None = logger
        while above is not None:
            for handler in above.handlers:
                if isinstance(handler, Handler) and level >= handler.level and not handler.is_console:
                    handler.handle(record)
            above = above.parent if above.propagate else None


def _place(error: Any) -> tuple[str | None, str, int]:
    """The function, the file and the line that raised."""
    frames = error[2] if error else None
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    if frames is None:
        return None, "(unknown file)", 0
    code = frames.tb_frame.f_code
    return code.co_name, code.co_filename, frames.tb_lineno
