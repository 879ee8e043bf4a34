"""Where `logger.add` can send records to."""

from __future__ import annotations

import asyncio
import datetime
import inspect
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, cast

from bongsu import _core
from bongsu._core import BongsuError
from bongsu._face import markup
from bongsu._face.moment import Moment
from bongsu._face.pretty import pretty
from bongsu._face.quiet import Counts, Rate, held_back, repeated
from bongsu._face.record import Record
from bongsu._trace import format_exception

FORMAT = (
    "<green>{time:YYYY-MM-DD HH:mm:ss.SSS}</green> | <level>{level: <8}</level> | "
    "<cyan>{name}</cyan>:<cyan>{function}</cyan>:<cyan>{line}</cyan> - <level>{message}</level>"
)
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_FILE_OPTIONS = ("rotation", "retention", "compression", "archive", "sync")
# Options of Loguru that say what is so anyway: files are opened once, in UTF-8, and looked after when they are moved.
_GRANTED = ("delay", "watch", "mode", "buffering", "encoding", "errors", "context")

Filter = Callable[[Record], bool]


class Message(str):
    """A line as a sink gets it; `record` is what it was made of."""

    record: Record


class Out:
    """Where lines of one sink go."""

    colours = False
    is_masked = False
    """Whether lines come without secrets."""

    def write(self, line: str, record: Record) -> None:
        """Writes a line, its end included."""
        raise NotImplementedError

    def close(self) -> None:
        """Writes what waits; the sink is gone."""


class FileOut(Out):
    """A file of the core: whole lines, none lost, rotated and compressed."""

    def __init__(self, path: str, options: Mapping[str, Any]) -> None:
        try:
            path = os.path.abspath(path.format_map({"time": _FileTime.now()}))
        except (LookupError, ValueError, AttributeError):
            raise BongsuError(f"add({path!r}): a path takes {{time}} and no other place; write a brace twice") from None
        os.makedirs(os.path.dirname(path), exist_ok=True)
        given = {name: value for name, value in options.items() if name in _FILE_OPTIONS and value is not None}
        if "rotation" in given:
            given["rotation"] = _words("rotation", given["rotation"])
        if "retention" in given:
            given["retention"] = _words("retention", given["retention"])
        if "compression" in given:
            given["compression"] = _compression(given["compression"])
        # Without a wish of one's own nothing is rotated and nothing is taken away, as Loguru does.
        given.setdefault("rotation", "never")
        self._sink = _core.Sink.file(path, "component", **given)

    def write(self, line: str, record: Record) -> None:
        text = line[:-1] if line.endswith("\n") else line
        _core.write_text(self._sink, record["level"].no, text, self.is_masked)

    def close(self) -> None:
        self._sink.flush()


class _FileTime(Moment):
    def __format__(self, spec: str) -> str:
        return super().__format__(spec or "YYYY-MM-DD_HH-mm-ss_SSSSSS")


def _words(option: str, value: Any) -> int | str:
    if isinstance(value, datetime.timedelta):
        return f"{int(value.total_seconds())} seconds"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    if callable(value) or not isinstance(value, (int, str)):
        raise BongsuError(f'add({option}={value!r}): {option} takes a number or words, such as "10 MB", "00:00" or "1 week"')
    return _spelt(value) if isinstance(value, str) else value


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPANS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = r"(\d+(?:\.\d+)?)\s*(w|weeks?|d|days?|h|hours?|min(?:ute)?s?|s|sec(?:ond)?s?)[\s,]*"


def _spelt(words: str) -> str:
    """Words of Loguru's as files take them: `w0` is Monday, and a span may have several parts.

    >>> _spelt("w6 at 12:00"), _spelt("1 h 30 minutes"), _spelt("10 MB")
    ('sunday at 12:00', '90 minutes', '10 MB')
    """
    words = re.sub(r"^\s*w([0-6])(?=\s|$)", lambda found: _DAYS[int(found[1])], words, flags=re.IGNORECASE)
    spans: list[tuple[str, str]] = re.findall(_SPAN, words, flags=re.IGNORECASE)
    if len(spans) < 2 or not re.fullmatch(f"(?:{_SPAN})+", words.strip(), flags=re.IGNORECASE):
        return words
    seconds = round(sum(float(number) * _SPANS[unit[0].lower()] for number, unit in spans))
    length, unit = next((one for one in ((3_600, "hours"), (60, "minutes")) if seconds % one[0] == 0), (1, "seconds"))
    return f"{seconds // length} {unit}"


def _compression(value: Any) -> str:
    if not isinstance(value, str):
        raise BongsuError(f'add(compression={value!r}): compression takes "off", "gzip" or "zstd"')
    return _COMPRESSIONS.get(value, value)


class StreamOut(Out):
    """Something that can be written to: `sys.stderr`, an open file."""

    def __init__(self, stream: Any, colours: bool | None) -> None:
        self._stream = stream
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        terminal = bool(getattr(stream, "isatty", lambda: False)()) and not plain
        self.colours = terminal if colours is None else colours

    def write(self, line: str, record: Record) -> None:
        self._stream.write(line)
        self.close()

    def close(self) -> None:
        flush = getattr(self._stream, "flush", None)
        if callable(flush):
            flush()


class CallOut(Out):
    """A function, called with one line at a time."""

    def __init__(self, function: Callable[[Message], Any], colours: bool | None) -> None:
        self._function = function
        self.colours = bool(colours)
        self.renew()

    def renew(self) -> None:
        """A lock of our own, in a forked child."""
        self._lock = threading.RLock()

    def write(self, line: str, record: Record) -> None:
        message = Message(line)
        message.record = record
        with self._lock:
            self._function(message)


class TaskOut(CallOut):
    """A coroutine function: each line is a task of the loop that runs, which `await logger.complete()` waits for."""

    def __init__(self, function: Callable[[Message], Any], colours: bool | None) -> None:
        super().__init__(self._start, colours)
        self._coroutine = function
        self.tasks: set[asyncio.Task[Any]] = set()

    def _start(self, message: Message) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(self._coroutine(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class HandlerOut(Out):
    """A handler of `logging`."""

    def __init__(self, handler: logging.Handler, colours: bool | None) -> None:
        self._handler = handler
        self.colours = bool(colours)

    def write(self, line: str, record: Record) -> None:
        text = line[:-1] if line.endswith("\n") else line
        made = logging.LogRecord(
            record["name"], record["level"].no, record["file"].path, record["line"], text, (), None, record["function"]
        )
        made.levelname = record["level"].name
        vars(made)["extra"] = record["extra"]
        self._handler.handle(made)


class Target:
    """One sink of `logger.add`: its level, its filter, its format."""

    def __init__(
        self,
        number: int,
        out: Out,
        level: int,
        format: str | Callable[[Record], str],
        filter: Filter | None,
        serialize: bool,
        diagnose: bool,
        catch: bool,
        rate: Rate | None,
        collapse: bool,
    ) -> None:
        self.number, self.out, self.level, self.filter = number, out, level, filter
        self._format, self._serialize, self._diagnose, self._catch = format, serialize, diagnose, catch
        self._rate, self._collapse = rate, collapse
        out.is_masked = serialize
        self._templates: dict[str, str] = {}
        self._last: tuple[Any, ...] | None = None
        self._record: Record | None = None
        self._count = 0

    def handle(self, record: Record, coloured: str | None, raw: bool) -> None:
        """Writes the record, if it is for this sink."""
        try:
            if self.filter is not None and not self.filter(record):
                return
            if self._collapse and self._repeats(record):
                return
            if self._rate is not None:
                held = self._rate.admit((record["file"].path, record["line"]))
                if held is None:
                    return
                if held:
                    record = {**record, "message": record["message"] + held_back(held)}
                    coloured = None
            self.out.write(record["message"] if raw else self._line(record, coloured), record)
        except Exception:
            if not self._catch:
                raise
            self._tell()

    def _repeats(self, record: Record) -> bool:
        key = (record["name"], record["level"].no, record["message"], record["line"])
        if key == self._last and record["exception"] is None:
            self._count += 1
            Counts.repeated += 1
            return True
        self.flush()
        self._last, self._record = key, record
        return False

    def flush(self) -> None:
        """Writes how often the last record was repeated, if it was."""
        count, record = self._count, self._record
        self._count, self._last = 0, None
        if count and record is not None:
            told = {**record, "message": repeated(count), "exception": None}
            self.out.write(self._line(told, None), told)

    def _line(self, record: Record, coloured: str | None) -> str:
        exception = self._traceback(record)
        shown = {**record, "exception": exception}
        if self.out.colours and coloured is not None:
            shown["message"] = coloured
        line = self._template(record).format_map(shown)
        if not self._serialize:
            return _core.mask_text(line) if exception else line
        return _core.json_text({"text": line, "record": _plain(record)}) + "\n"

    def _template(self, record: Record) -> str:
        codes = record["level_codes"] if self.out.colours else ""
        if callable(self._format):
            return markup.render(self._format(record), self.out.colours, codes)
        template = self._templates.get(codes)
        if template is None:
            template = self._templates[codes] = markup.render(self._format, self.out.colours, codes) + "\n{exception}"
        return template

    def _traceback(self, record: Record) -> str:
        exception = record["exception"]
        if exception is None:
            return ""
        if self._diagnose and exception.value is not None:
            return pretty(exception.value, exception.traceback)
        return format_exception(exception) + "\n"

    def _tell(self) -> None:
        if sys.stderr is not None:
            print(f"--- bongsu.logger: sink {self.number} failed, the program goes on ---", file=sys.stderr)
            traceback.print_exc()


def _plain(record: Record) -> dict[str, Any]:
    exception = record["exception"]
    return {
        "elapsed": {"repr": str(record["elapsed"]), "seconds": record["elapsed"].total_seconds()},
        "exception": exception
        and {"type": getattr(exception.type, "__name__", None), "value": str(exception.value), "traceback": True},
        "extra": record["extra"],
        "file": {"name": record["file"].name, "path": record["file"].path},
        "function": record["function"],
        "level": {"icon": record["level"].icon, "name": record["level"].name, "no": record["level"].no},
        "line": record["line"],
        "message": record["message"],
        "module": record["module"],
        "name": record["name"],
        "process": {"id": record["process"].id, "name": record["process"].name},
        "thread": {"id": record["thread"].id, "name": record["thread"].name},
        "time": {"repr": str(record["time"]), "timestamp": record["time"].timestamp()},
    }


def out_of(sink: Any, colours: bool | None, options: Mapping[str, Any]) -> Out:
    """What `logger.add` was given, as something that lines can be written to."""
    file = isinstance(sink, (str, os.PathLike))
    known = _FILE_OPTIONS + _GRANTED if file else _GRANTED
    for name in options:
        if name not in known:
            takes = f"a file takes {', '.join(_FILE_OPTIONS)}" if file else "only files take options of their own"
            raise BongsuError(f"add({name}=…): unknown option; {takes}")
    if file:
        return FileOut(os.fspath(sink), options)
    if isinstance(sink, logging.Handler):
        return HandlerOut(sink, colours)
    if callable(getattr(sink, "write", None)):
        return StreamOut(sink, colours)
    if inspect.iscoroutinefunction(sink) or inspect.iscoroutinefunction(getattr(sink, "__call__", None)):
        return TaskOut(sink, colours)
    if callable(sink):
        return CallOut(sink, colours)
    raise BongsuError(f"add({sink!r}): a sink is a path, something with a write method, a function or a logging.Handler")


def filter_of(given: Any, number_of: Callable[[Any], int]) -> Filter | None:
    """What `filter=` was given, as a function of a record."""
    if given is None or given == "":
        return None
    if isinstance(given, str):
        return lambda record: _within(record["name"], given)
    if isinstance(given, Mapping):
        levels = {name: _least(level, number_of) for name, level in cast("Mapping[str | None, Any]", given).items()}
        return lambda record: record["level"].no >= _least_for(record["name"], levels)
    if callable(given):
        return cast("Filter", given)
    raise BongsuError(f"add(filter={given!r}): a filter is the name of a module, a function of a record, or levels by module")


def _within(name: str | None, module: str) -> bool:
    return name is not None and (name == module or name.startswith(module + "."))


def _least(level: Any, number_of: Callable[[Any], int]) -> float:
    if isinstance(level, bool):
        return 0 if level else float("inf")
    return number_of(level)


def _least_for(name: str | None, levels: Mapping[str | None, float]) -> float:
    if name is None:
        return levels.get(None, 0)
    while name:
        if name in levels:
            return levels[name]
        name = name.rpartition(".")[0]
    return levels.get("", 0)
