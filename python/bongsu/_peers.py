"""bongsu behind other libraries: the last sink of the real Loguru, the last processor of the real structlog."""

from __future__ import annotations

import logging
import sys
from types import FrameType
from typing import Any, cast

from bongsu import _core, _home
from bongsu._fields import current_fields, named
from bongsu._handler import handlers_of
from bongsu._levels import level_number
from bongsu._trace import ExcInfo, format_exception


def _voice(name: str) -> _core.Voice:
    _home.running()
    return _core.Voice(logging.getLogger(name), 0, None)


class LoguruSink:
    """A sink for Loguru: `loguru.logger.add(bongsu.LoguruSink(), format="{message}")`.

    Records go to the log home with their level, place and fields, in a logger named after the module, and to no handlers of others:
    one of those may hand what `logging` gets to Loguru (`InterceptHandler`). A record that came so is written once. What Loguru
    formats is not used, so the shortest format is the quickest; a traceback is written as Python writes it.
    """

    def __init__(self) -> None:
        self._levels: set[int] = {10, 20, 30, 40, 50}
        self._voices = _core.Voices(_voice, self._levels, {})

    def __call__(self, message: Any) -> None:
        """Writes a message of Loguru's."""
        record = message.record
        if not self._voices.loguru(record):
            self._write(record)

    def _write(self, record: Any) -> None:
        name = record["name"] or "__main__"
        voice = self._voices.of(name)
        level = record["level"]
        number = level.no
        if not voice.is_on(number) or _came_from_logging(record["message"]):
            return
        if number not in self._levels:
            self._levels.add(number)
            logging.addLevelName(number, level.name)
        text = record["message"]
        exception = record["exception"]
        if exception is not None:
            text = f"{text}\n{format_exception(tuple(exception))}"
        logger, file, line = logging.getLogger(name), record["file"].path, record["line"]
        fields = named({**current_fields(), **record["extra"]})
        made = logger.makeRecord(name, number, file, line, "%s", (text,), None, record["function"], fields)
        if logger.filter(made):
            for handler in handlers_of(logger, number):
                handler.handle(made)


def _came_from_logging(message: str) -> bool:
    """Whether a handler of `logging` handed a record to Loguru that our own handlers get from `logging`, too."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "logging" and frame.f_code.co_name == "handle":
            record = frame.f_locals.get("record")
            if isinstance(record, logging.LogRecord) and record.getMessage() == message:
                return bool(handlers_of(logging.getLogger(record.name), record.levelno))
        frame = frame.f_back
    return False


# Keys that structlog's own processors put into an event.
_OWN_KEYS = frozenset(("level", "logger", "timestamp", "exc_info", "exception", "stack"))
_METHODS = {"debug": 10, "info": 20, "warning": 30, "warn": 30, "error": 40, "exception": 40, "critical": 50, "fatal": 50}


class StructlogProcessor:
    """The last processor of structlog: `structlog.configure(processors=[..., bongsu.StructlogProcessor()])`.

    The event is the message, all other keys are fields; a key `logger` names the logger, otherwise the module does. `level` (of
    `add_log_level`) counts more than the method, `exc_info` and `exception` are the traceback, `stack` the stack.
    Nothing is given to structlog's own logger.
    """

    def __init__(self) -> None:
        import structlog
        from structlog import contextvars

        # Asynchronous methods are done in a thread: there structlog keeps the frame that called.
        self._calling = getattr(contextvars, "_ASYNC_CALLING_STACK", None)
        self._voices = _core.Voices(_voice, set(), _METHODS, self._calling)
        self._done = structlog.DropEvent

    def __call__(self, logger: Any, method: str, event: Any) -> Any:
        """Writes an event; structlog is told that there is nothing left to do."""
        if not self._voices.structlog(method, event):
            frame = sys._getframe(1)
            self._write(frame if self._calling is None else self._calling.get(frame), method, event)
        raise self._done

    def _write(self, frame: FrameType, method: str, event: Any) -> None:
        while frame.f_globals.get("__package__") == "structlog" and frame.f_back is not None:
            frame = frame.f_back
        number = _METHODS.get(method, 20)
        name, text = frame.f_globals.get("__name__") or "__main__", event.pop("event", "")
        if not _OWN_KEYS.isdisjoint(event):
            level = event.pop("level", method)
            number = number if level == method else level_number(level)
            name = event.pop("logger", name)
            event.pop("timestamp", None)
            text = _with_tracebacks(text, event)
        code = frame.f_code
        self._voices.of(name).say(number, str(text), code.co_name, code.co_filename, frame.f_lineno, dict(event))


def _with_tracebacks(text: object, event: Any) -> str:
    """The message and what stands below it."""
    lines = [str(text)]
    exc_info = event.pop("exc_info", None)
    if exc_info:
        lines.append(format_exception(_exc_info(exc_info)))
    for name in ("exception", "stack"):
        if name in event:
            lines.append(str(event.pop(name)))
    return "\n".join(lines)


def _exc_info(given: Any) -> ExcInfo:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    return cast("ExcInfo", given) if isinstance(given, tuple) else sys.exc_info()
