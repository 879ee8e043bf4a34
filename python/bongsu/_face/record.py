"""What a sink, a filter or a patcher of `bongsu.logger` sees of one record."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from datetime import datetime, timedelta
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from bongsu import _core
from bongsu._face.moment import Moment

Record = dict[str, Any]

_BEGAN = time.time()


class Level(NamedTuple):
    """A level, as `logger.level` gives it."""

    name: str
    no: int
    color: str
    icon: str


class _Named:
    """A part of a record that reads as one of its attributes."""

    __slots__ = ()
    _shown = ""

    def __format__(self, spec: str) -> str:
        return format(getattr(self, self._shown), spec)

    def __str__(self) -> str:
        return str(getattr(self, self._shown))

    def __repr__(self) -> str:
        names = [name for one in type(self).__mro__ for name in getattr(one, "__slots__", ())]
        return "(" + ", ".join(f"{name}={getattr(self, name)!r}" for name in names) + ")"


class RecordLevel(_Named):
    """The level: its name, its number, its icon."""

    __slots__ = ("icon", "name", "no")
    _shown = "name"

    def __init__(self, level: Level) -> None:
        self.name, self.no, self.icon = level.name, level.no, level.icon


class RecordFile(_Named):
    """The source file: its name and its path."""

    __slots__ = ("name", "path")
    _shown = "name"

    def __init__(self, path: str) -> None:
        self.name, self.path = os.path.basename(path), path


class _Numbered(_Named):
    __slots__ = ("id", "name")
    _shown = "id"

    def __init__(self, number: int | None, name: str) -> None:
        self.id, self.name = number, name


class RecordProcess(_Numbered):
    """The process: its number and its name."""

    __slots__ = ()


class RecordThread(_Numbered):
    """The thread: its number and its name."""

    __slots__ = ()


class RecordException(NamedTuple):
    """The exception that goes with a record."""

    type: type[BaseException] | None
    value: BaseException | None
    traceback: TracebackType | None


def make(
    level: Level, message: str, frame: FrameType, extra: dict[str, Any], exception: RecordException | None
) -> Record:
    """A record of now and here."""
    now = time.time()
    code = frame.f_code
    file = RecordFile(code.co_filename)
    thread = threading.current_thread()
    return {
        "elapsed": timedelta(seconds=now - _BEGAN),
        "exception": exception,
        "extra": extra,
        "file": file,
        "function": code.co_name,
        "level": RecordLevel(level),
        "line": frame.f_lineno,
        "message": message,
        "module": os.path.splitext(file.name)[0],
        "name": frame.f_globals.get("__name__"),
        "process": RecordProcess(os.getpid(), multiprocessing.current_process().name),
        "thread": RecordThread(thread.ident, thread.name),
        "time": Moment.fromtimestamp(now, _local(now)),
    }


def _local(now: float) -> Any:
    return datetime.fromtimestamp(now).astimezone().tzinfo


def hide(record: Record) -> None:
    """Hides the secrets in the message and in the fields."""
    record["message"] = _core.mask_text(str(record["message"]))
    extra = record["extra"]
    if extra:
        record["extra"] = {name: masked_field(name, value) for name, value in extra.items()}


def masked_field(name: str, value: Any) -> Any:
    """A field's value; what is a secret by its name or by itself is hidden, in whatever the value holds too.

    >>> masked_field("password", "hunter2"), masked_field("page", 2)
    ('***HIDDEN***', 2)
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    text = json.dumps({name: value}, default=str, ensure_ascii=False)
    masked = _core.mask_text(text)
    if masked == text:
        return value
    try:
        return json.loads(masked)[name]
    except (ValueError, KeyError):
        return _core.HIDDEN
