"""Warnings and exceptions that nobody caught: logged, and then shown as they would have been."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from bongsu import _core
from bongsu._handler import Handler

_Excepthook = Callable[[type[BaseException], BaseException, "types.TracebackType | None"], Any]


class _Hooks:
    """Our hooks, which call those that were there before. Once released they do nothing else."""

    def __init__(self) -> None:
        self.on = True
        self.excepthook_before: _Excepthook = sys.excepthook
        self.thread_before = threading.excepthook
        self.unraisable_before = sys.unraisablehook
        self.showwarning_before = warnings.showwarning

    def excepthook(
        self, kind: type[BaseException], error: BaseException, frames: types.TracebackType | None
    ) -> None:
        """Stands in for `sys.excepthook`."""
        if self.on and not issubclass(kind, KeyboardInterrupt):
            _tell("uncaught", logging.CRITICAL, f"Uncaught {kind.__name__}", (kind, error, frames))
        self.excepthook_before(kind, error, frames)

    def thread(self, args: threading.ExceptHookArgs) -> None:
        """Stands in for `threading.excepthook`."""
        if self.on and args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "unknown"
            text = f"Uncaught {args.exc_type.__name__} in thread {name}"
            _tell("uncaught", logging.ERROR, text, (args.exc_type, args.exc_value, args.exc_traceback))
        self.thread_before(args)

    def unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """Stands in for `sys.unraisablehook`."""
        if self.on and args.exc_value is not None:
            text = f"{args.err_msg or 'Exception ignored in'}: {args.object!r}"
            _tell("uncaught", logging.ERROR, text, (args.exc_type, args.exc_value, args.exc_traceback))
        self.unraisable_before(args)

    def showwarning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Stands in for `warnings.showwarning`."""
        # `logging.captureWarnings` has them logged already.
        if self.on and file is None and getattr(self.showwarning_before, "__module__", None) != "logging":
            text = warnings.formatwarning(message, category, filename, lineno, line).rstrip("\n")
            _tell("py.warnings", logging.WARNING, text, None)
        self.showwarning_before(message, category, filename, lineno, file, line)

    def places(self) -> list[tuple[types.ModuleType, str, Any, Any]]:
        """Where each hook stands, ours and the one before."""
        return [
            (sys, "excepthook", self.excepthook, self.excepthook_before),
            (threading, "excepthook", self.thread, self.thread_before),
            (sys, "unraisablehook", self.unraisable, self.unraisable_before),
            (warnings, "showwarning", self.showwarning, self.showwarning_before),
        ]


_hooks: _Hooks | None = None


def capture() -> None:
    """Has warnings logged (logger `py.warnings`, WARNING), and uncaught exceptions of the program (`uncaught`, CRITICAL), of
    threads and of where Python cannot raise them (ERROR). All are shown as before, too; `release` ends it.

    What a task of `asyncio` raised and nobody asked for is logged by `asyncio` itself, to the logger of that name.

    >>> capture(); capture()
    >>> sys.excepthook is sys.__excepthook__
    False
    >>> release()
    """
    global _hooks
    if _hooks is None:
        _hooks = _Hooks()
        for module, name, ours, _ in _hooks.places():
            setattr(module, name, ours)


def release() -> None:
    """Takes the hooks away again, where nobody has put one over ours."""
    global _hooks
    if _hooks is not None:
        _hooks.on = False
        for module, name, ours, before in _hooks.places():
            if getattr(module, name) == ours:
                setattr(module, name, before)
        _hooks = None


def _tell(name: str, level: int, text: str, error: Any) -> None:
    """Logs to our handlers only: the screen has it as before. The program's own end must not fail for that."""
    with contextlib.suppress(Exception):
        logger = logging.getLogger(name)
        if not logger.isEnabledFor(level):
            return
        function, file, line = _place(error)
        record = logger.makeRecord(name, level, file, line, "%s", (text,), error, function)
        for handler in (*_of_chain(logger), *_core.missing(logger)):
            if isinstance(handler, Handler) and level >= handler.level and not handler.is_console:
                handler.handle(record)


def _of_chain(logger: logging.Logger) -> Iterator[logging.Handler]:
    """The handlers that a logger's records go to."""
    above: logging.Logger | None = logger
    while above is not None:
        yield from above.handlers
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
