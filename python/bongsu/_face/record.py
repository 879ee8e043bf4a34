"""What a sink, a filter or a patcher of `bongsu.logger` sees of one record."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
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

    __slots__ = ("module", "name", "path")
    _shown = "name"

    def __init__(self, path: str) -> None:
        self.name, self.path = os.path.basename(path), path
        self.module = os.path.splitext(self.name)[0]


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
    file = _file(code.co_filename)
    return {
        "elapsed": timedelta(seconds=now - _BEGAN),
        "exception": exception,
        "extra": extra,
        "file": file,
        "function": code.co_name,
        "level": _level(level),
        "line": frame.f_lineno,
        "message": message,
        "module": file.module,
        "name": frame.f_globals.get("__name__"),
        "process": _process(os.getpid()),
        "thread": _thread(threading.get_ident(), threading.current_thread().name),
        "time": Moment.fromtimestamp(now, _zone(int(now) // 900)),
    }


_file = lru_cache(maxsize=1024)(RecordFile)
_level = lru_cache(maxsize=64)(RecordLevel)
_thread = lru_cache(maxsize=256)(RecordThread)


@lru_cache(maxsize=2)
def _process(number: int) -> RecordProcess:
    return RecordProcess(number, multiprocessing.current_process().name)


@lru_cache(maxsize=2)
def _zone(quarter: int) -> tzinfo | None:
    """The local time's distance from universal time, which changes at quarters of an hour."""
    return datetime.fromtimestamp(quarter * 900).astimezone().tzinfo


def formatted(text: str, args: tuple[Any, ...], kwargs: dict[str, Any], record: Record | None = None) -> str:
    """A message with its arguments in their places, what they hold behind the names of secrets hidden.

    >>> formatted("{} {page}", ({"token": "a1b2"},), {"page": 2})
    "{'token': '***HIDDEN***'} 2"
    """
    given = kwargs if record is None else {**kwargs, "record": record}
    hidden = _core.hidden_given(None, args) if args else None
    if hidden is None:
        made = text.format(*args, **given)
    else:
        try:
            made = text.format(*hidden[1], **given)
        except Exception:
            # Where a number was asked for there is a mask now.
            made = _core.scrub({"": args}, text.format(*args, **given))
    return _core.scrub(kwargs, made) if kwargs else made


def hide(record: Record) -> None:
    """Hides the secrets in the message and in the fields."""
    record["message"] = _core.mask_text(str(record["message"]))
    extra = record["extra"]
    if extra and not _core.are_plain_fields(extra):
        record["extra"] = {name: masked_field(name, value) for name, value in extra.items()}


def masked_field(name: str, value: Any) -> Any:
    """A field's value; what is a secret by its name or by itself is hidden, in whatever the value holds too.

    >>> masked_field("password", "hunter2"), masked_field("page", 2)
    ('***HIDDEN***', 2)
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    text = _core.json_text({name: value})
    return json.loads(text)[name] if _core.HIDDEN in text else value
