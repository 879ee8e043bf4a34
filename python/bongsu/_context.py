"""`LogContext`: a piece of work whose beginning, end and duration are logged."""

from __future__ import annotations

import logging
import sys
import time
from types import FrameType, TracebackType
from typing import Any, TypeVar

from bongsu import _check, _core
from bongsu._component import voices_if_any
from bongsu._core import Fields, fields_variable
from bongsu._fields import RESERVED, current_fields, enter, leave
from bongsu._trace import traceback_text
from bongsu._trouble import text_of

_C = TypeVar("_C", bound="LogContext")


class LogContext:
    """Logs `{operation} started` when the block begins, `… completed successfully in 0.123s` with a performance line when
    it ends, `… failed after 0.123s: error` when it raises; the exception goes on unchanged.

    The performance line carries what `add_metadata` was given. Every record inside has the fields `component` and
    `operation`, and each value of the metadata from the time it was added. `with` and `async with` do the same.

    >>> import bongsu, tempfile
    >>> home = tempfile.mkdtemp()
    >>> bongsu.start(home, console=False)
    >>> with LogContext("features", "join_ratings") as context:
    ...     context.add_metadata("tables", 2)
    ...     context.log_info("two tables read")
    >>> bongsu.shutdown()
    >>> print(open(f"{home}/app/features.log").read().splitlines()[1][22:])
    INFO     features        | join_ratings | two tables read
    """

    def __init__(self, component: str, operation: str, log_file: str | None = None) -> None:
        self.component = _check.name("LogContext", "component", component, "features")
        self.operation = _check.name("LogContext", "operation", operation, "join_ratings")
        self.metadata: dict[str, Any] = {}
        self._log_file = _check.log_file("LogContext", log_file)
        self._voice: _core.Voice | None = None
        self._performance: _core.Voice | None = None
        self._began = 0.0
        self._inside = 0

    def add_metadata(self, key: str, value: Any) -> None:
        """Adds a value to the performance line; a second one of the same name takes the place of the first."""
        _check.name("add_metadata", "key", key, "tables")
        self.metadata[key] = value
        if self._inside and key not in RESERVED:
            fields_variable.set(Fields({**current_fields(), key: value}))

    def log_info(self, message: object) -> None:
        """Writes `{operation} | message` at INFO."""
        self._say(logging.INFO, f"{self.operation} | {text_of(message)}", sys._getframe(1))

    def __enter__(self: _C) -> _C:
        self._begin(sys._getframe(1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self._end(error, sys._getframe(1))

    async def __aenter__(self: _C) -> _C:
        self._begin(sys._getframe(1))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self._end(error, sys._getframe(1))

    def _begin(self, frame: FrameType) -> None:
        found = voices_if_any(self.component, self._log_file, logging.DEBUG, self.component)
        self._voice, self._performance = found[1:]
        enter(self, {"component": self.component, "operation": self.operation})
        self._inside += 1
        self._say(logging.INFO, f"{self.operation} started", frame)
        self._began = time.perf_counter()

    def _end(self, error: BaseException | None, frame: FrameType) -> None:
        took = time.perf_counter() - self._began
        try:
            if error is None:
                self._say(logging.INFO, f"{self.operation} completed successfully in {took:.3f}s", frame)
                message = f"{self.operation} completed in {took:.3f}s"
                if self.metadata:
                    message = f"{message} | {_core.json_text(self.metadata)}"
                self._say(logging.INFO, message, frame, self._performance)
            else:
                said = text_of(error) or type(error).__name__
                self._say(logging.ERROR, f"{self.operation} failed after {took:.3f}s: {said}", frame)
                if self._voice is not None and self._voice.is_on(logging.DEBUG):
                    self._say(logging.DEBUG, f"Error traceback: {traceback_text(error)}", frame)
        finally:
            if self._inside:
                self._inside -= 1
                leave(self)

    def _say(self, level: int, text: str, frame: FrameType, voice: _core.Voice | None = None) -> None:
        voice = voice or self._voice
        if voice is not None:
            code = frame.f_code
            voice.say(level, text, code.co_name, code.co_filename, frame.f_lineno)
