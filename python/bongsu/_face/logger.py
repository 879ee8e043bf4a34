"""`bongsu.logger`: a logger as Loguru's users know it, over the same core and log home."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, TypeVar, cast, overload

from bongsu import _catch, _core, _home
from bongsu._core import BongsuError, Voice
from bongsu._face import markup
from bongsu._face.quiet import Counts, Rate, Rates, checked_by, held_back
from bongsu._face.record import Level, Record, RecordException, formatted, hide, make
from bongsu._face.sinks import FORMAT, CallOut, Target, TaskOut, filter_of, out_of
from bongsu._fields import contextualize, current_fields
from bongsu._trace import ExcInfo, format_exception

_F = TypeVar("_F", bound=Callable[..., Any])

HOME = 0
_rates = Rates()
_OPTIONS = ("exception", "record", "lazy", "colors", "raw", "capture", "depth")


class _Core:
    """What all loggers that came from one another share."""

    def __init__(self) -> None:
        self.levels = {
            name: Level(name, number, colour, icon)
            for name, number, colour, icon in (
                ("TRACE", 5, "<cyan><bold>", "✏️"),
                ("DEBUG", 10, "<blue><bold>", "🐞"),
                ("INFO", 20, "<bold>", "ℹ️"),
                ("SUCCESS", 25, "<green><bold>", "✅"),
                ("WARNING", 30, "<yellow><bold>", "⚠️"),
                ("ERROR", 40, "<red><bold>", "❌"),
                ("CRITICAL", 50, "<RED><bold>", "☠️"),
            )
        }
        self.home = True
        self.voices: dict[str, _core.Voice] = {}
        self.targets: tuple[Target, ...] = ()
        self.gate = _core.Gate(self.voices)
        self.next = HOME + 1
        self.off: dict[str, bool] = {}
        self.extra: dict[str, Any] = {}
        self.patcher: Callable[[Record], object] | None = None
        self.rate: Rate | None = None

    def voice(self, name: str) -> _core.Voice:
        """The logger of `logging` that a module's records go to the log home by."""
        for level in self.levels.values():
            if level.name not in ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"):
                logging.addLevelName(level.no, level.name)
        _home.running()
        voice = self.voices[name] = _core.Voice(logging.getLogger(name), 0, None)
        return voice

    def have(self, home: bool, targets: tuple[Target, ...]) -> None:
        """Sets the sinks."""
        self.home, self.targets = home, targets
        self.gate.tell(home, min((target.level for target in targets), default=None))

    def is_off(self, name: str) -> bool:
        """Whether a module was silenced."""
        while name:
            if name in self.off:
                return self.off[name]
            name = name.rpartition(".")[0]
        return self.off.get("", False)


class _Options:
    """What `opt`, `bind`, `patch` and `limit` gave a logger."""

    __slots__ = (
        "by_site", "capture", "colors", "depth", "exception", "extra", "lazy", "patchers", "rate", "raw", "record",
    )  # fmt: skip

    def __init__(self) -> None:
        self.exception: Any = None
        self.record = self.lazy = self.colors = self.raw = False
        self.capture = self.by_site = True
        self.depth = 0
        self.extra: dict[str, Any] = {}
        self.patchers: tuple[Callable[[Record], object], ...] = ()
        self.rate: Rate | None = None

    def but(self, **changes: Any) -> _Options:
        """The same with some things changed."""
        made = _Options()
        for name in self.__slots__:
            setattr(made, name, changes[name] if name in changes else getattr(self, name))
        return made


class Logger(_core.Face):
    """See `bongsu.logger`."""

    __slots__ = ()
    _core: _Core
    _options: _Options

    def __repr__(self) -> str:
        return f"<bongsu.logger with {len(self._core.targets) + self._core.home} sinks>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        # Sinks are of a process: in another one the logger is that process's own.
        return _unpickled, (self._options.extra,)

    def log(self, level: int | str, message: object, /, *args: Any, **kwargs: Any) -> None:
        """Logs at a level given by its name or its number."""
        self._log(self._level(level), message, args, kwargs, None, sys._getframe(1 + self._options.depth))

    def opt(self, **options: Any) -> Logger:
        """A logger whose next calls differ: `exception` (True, an exception, or what `sys.exc_info()` gives), `lazy` (arguments
        are functions, called only if the record is written), `colors` (tags in the message), `raw` (the message as it is, without
        the format), `record` (`{record[…]}` in the message), `capture` (False: named arguments do not become fields), `depth`
        (so many callers up is where the call stands).

        >>> logger.opt(lazy=True).trace("{}", lambda: "asked for only if it is written")  # doctest: +SKIP
        """
        for name in options:
            if name not in _OPTIONS:
                raise BongsuError(f"opt({name}=…): unknown option; expected {', '.join(_OPTIONS)}")
        return Logger(self._core, self._options.but(**options))

    def bind(self, **fields: Any) -> Logger:
        """A logger whose records have these fields: in `record["extra"]`, and as fields in the log home."""
        extra = {**self._options.extra, **fields}
        return Logger(self._core, self._options.but(extra=extra))

    def patch(self, patcher: Callable[[Record], object]) -> Logger:
        """A logger that lets `patcher` change each record before it goes to the sinks."""
        if not callable(patcher):
            raise BongsuError(f"patch({patcher!r}): patch takes a function of a record")
        return Logger(self._core, self._options.but(patchers=(*self._options.patchers, patcher)))

    def limit(self, rate: str, *, by: str = "site") -> Logger:
        """A logger whose calls write at most so many records in so long: `"10/minute"`. Each place in the program counts for
        itself, or with `by="message"` each message. What was held back is counted, and said in the next record. Where `limit`
        is called again with the same rate, as in a loop, the count goes on."""
        by_site, caller = checked_by(by), sys._getframe(1)
        counted = _rates.of((caller.f_code, caller.f_lineno, by), rate)
        return Logger(self._core, self._options.but(rate=counted, by_site=by_site))

    def contextualize(self, **fields: Any) -> contextualize:
        """Puts fields on every record inside of a `with` block, whatever logger it comes from."""
        return contextualize(**fields)

    @overload
    def catch(
        self,
        exception: _catch.Kinds = Exception,
        *,
        level: int | str = "ERROR",
        reraise: bool = False,
        onerror: Callable[[BaseException], object] | None = None,
        exclude: _catch.Kinds | None = None,
        default: Any = None,
        message: str = _catch.MESSAGE,
    ) -> _catch.Catcher: ...
    @overload
    def catch(self, exception: _F, /) -> _F: ...
    def catch(self, exception: Any = Exception, *, level: int | str = "ERROR", **options: Any) -> Any:
        """Logs exceptions instead of letting them end the program; see `bongsu.catch`."""
        if callable(exception) and not isinstance(exception, type):
            return self.catch()(exception)
        of = self._level(level)

        def log(text: str, frame: FrameType, function: str, error: BaseException) -> None:
            self._log(of, text, (), {}, error, frame)

        return _catch.catcher(log, exception, **options)

    def level(self, name: str, no: int | None = None, color: str | None = None, icon: str | None = None) -> Level:
        """The level of that name; a new one when it is given a number."""
        levels = self._core.levels
        known = levels.get(name)
        if known is None and no is None:
            raise BongsuError(f"unknown level {name!r}: expected {', '.join(levels)}; a new one needs a number, no=…")
        if no is not None:
            if known is not None and no != known.no:
                raise BongsuError(f"level {name!r} has the number {known.no}, which cannot be changed")
            _refuse_unless_level(f"level({name!r}, no={no!r})", no)
        if known is None or color is not None or icon is not None:
            old = known or Level(name, no or 0, "", " ")
            colour = old.color if color is None else markup.checked_colour(color)
            known = levels[name] = Level(name, old.no, colour, old.icon if icon is None else icon)
            if logging.getLevelName(known.no) == f"Level {known.no}":
                logging.addLevelName(known.no, name)
        return known

    def add(
        self,
        sink: Any,
        *,
        level: int | str = "DEBUG",
        format: str | Callable[[Record], str] = FORMAT,
        filter: Any = None,
        colorize: bool | None = None,
        serialize: bool = False,
        backtrace: bool = True,
        diagnose: bool = True,
        enqueue: bool = False,
        catch: bool = True,
        limit: str | None = None,
        collapse: bool = False,
        **options: Any,
    ) -> int:
        """Adds a sink and gives its number: a path, something with `write`, a function, a coroutine function, or a handler.

        Files take `rotation`, `retention` and `compression` in words (`"10 MB"`, `"00:00"`, `"10 days"`, `"zstd"`); they lose
        nothing, from any number of processes, so `enqueue` has nothing to add and is accepted. `diagnose` shows in
        tracebacks what names stood for, secrets hidden. `limit` and `collapse` hold back what comes too often or repeats.
        """
        if not isinstance(format, str) and not callable(format):
            raise BongsuError(f"add(format={format!r}): a format is a template or a function of a record")
        core = self._core
        target = Target(
            core.next,
            out_of(sink, colorize, options),
            self._level(level).no,
            format,
            filter_of(filter, lambda given: self._level(given).no),
            serialize,
            diagnose,
            catch,
            None if limit is None else Rate(limit),
            collapse,
        )
        core.next += 1
        core.have(core.home, (*core.targets, target))
        return target.number

    def remove(self, number: int | None = None) -> None:
        """Takes a sink away, all of them without a number; the log home is number 0."""
        core = self._core
        gone = [target for target in core.targets if number is None or target.number == number]
        if number is not None and not gone and not (number == HOME and core.home):
            there = [HOME] * core.home + [target.number for target in core.targets]
            known = ", ".join(map(str, there)) or "none"
            raise BongsuError(f"remove({number!r}): there is no sink of that number; there are: {known}")
        home = core.home and number is not None and number != HOME
        core.have(home, tuple(target for target in core.targets if target not in gone))
        for target in gone:
            target.flush()
            target.out.close()

    def configure(
        self,
        *,
        handlers: Iterable[Mapping[str, Any]] | None = None,
        levels: Iterable[Mapping[str, Any]] | None = None,
        extra: Mapping[str, Any] | None = None,
        patcher: Callable[[Record], object] | None = None,
        activation: Iterable[tuple[str, bool]] | None = None,
        limit: str | None = None,
    ) -> list[int]:
        """Sets several things at once; the numbers of the new sinks, which take the place of all that there were."""
        core = self._core
        for level in levels or ():
            self.level(**level)
        if extra is not None:
            core.extra = dict(extra)
        if patcher is not None:
            core.patcher = patcher
        for name, on in activation or ():
            (self.enable if on else self.disable)(name)
        if limit is not None:
            core.rate = Rate(limit)
        if handlers is None:
            return []
        self.remove()
        return [self.add(**handler) for handler in handlers]

    def enable(self, name: str | None) -> None:
        """Lets a module's records, and those of modules below it, be written."""
        self._core.off[name or ""] = False

    def disable(self, name: str | None) -> None:
        """Silences a module and those below it."""
        self._core.off[name or ""] = True

    def complete(self) -> _Completed:
        """Writes what waits; awaited, it waits for coroutine sinks too."""
        for target in self._core.targets:
            target.flush()
            target.out.close()
        return _Completed(self._core.targets)

    @property
    def held_back(self) -> dict[str, int]:
        """How many records were not written: held back by a limit, or repeated."""
        return {"limited": Counts.limited, "repeated": Counts.repeated}

    def _level(self, given: int | str) -> Level:
        if isinstance(given, int) and not isinstance(given, bool):
            _refuse_unless_level(f"level {given}", given)
            for level in self._core.levels.values():
                if level.no == given:
                    return level
            return Level(f"Level {given}", given, "", " ")
        name = given if isinstance(given, str) else ""
        known = self._core.levels.get(name) or self._core.levels.get(name.upper())
        if known is None:
            raise BongsuError(f"unknown level {given!r}: expected a number, or {', '.join(self._core.levels)}")
        return known

    def _log(
        self,
        level: Level | str,
        message: object,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        exception: object,
        frame: FrameType | None = None,
    ) -> None:
        """Logs; methods of `_core.Face`, whose levels may be on, give the name of a level and no frame."""
        core, options = self._core, self._options
        if frame is None:
            frame = sys._getframe(1 + options.depth)
        if isinstance(level, str):
            level = core.levels[level]
        name = frame.f_globals.get("__name__") or "__main__"
        number = level.no
        voice = None
        if core.home:
            voice = core.voices.get(name) or core.voice(name)
            if not voice.is_on(number):
                voice = None
        targets = [target for target in core.targets if number >= target.level] if core.targets else ()
        if (voice is None and not targets) or (core.off and core.is_off(name)):
            return
        text = message if type(message) is str else str(message)
        rate = options.rate or core.rate
        held = 0
        if rate is not None:
            key = (frame.f_code, frame.f_lineno) if options.by_site else (number, text)
            admitted = rate.admit(key)
            if admitted is None:
                return
            held = admitted
        if options.lazy:
            args = tuple([argument() for argument in args])
            kwargs = {name: argument() for name, argument in kwargs.items()}
        caught = _exception(exception or options.exception)
        if targets or core.patcher or options.patchers or options.record or options.colors or core.extra:
            self._fully(level, text, args, kwargs, held, frame, caught, voice, targets)
            return
        if args or kwargs:
            text = formatted(text, args, kwargs)
        if held:
            text += held_back(held)
        if voice is not None:
            extra = {**options.extra, **kwargs} if kwargs and options.capture else options.extra
            code = frame.f_code
            if caught is not None:
                text = _text_of(text, caught)
            voice.say(number, text, code.co_name, code.co_filename, frame.f_lineno, extra)

    def _fully(
        self,
        level: Level,
        text: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        held: int,
        frame: FrameType,
        caught: RecordException | None,
        voice: Voice | None,
        targets: Iterable[Target],
    ) -> None:
        core, options = self._core, self._options
        extra = {**core.extra, **current_fields(), **options.extra, **(kwargs if options.capture else {})}
        record = make(level, "", frame, extra, caught)
        coloured = None
        codes = markup.codes_of(level.color)
        shown = record if options.record else None
        if options.colors:
            coloured = markup.render(text, True, codes)
            text = markup.render(text, False)
        if args or kwargs or shown:
            text = formatted(text, args, kwargs, shown)
            coloured = coloured and formatted(coloured, args, kwargs, shown)
        record["message"] = text + held_back(held) if held else text
        for patcher in (core.patcher, *options.patchers):
            if patcher is not None:
                patcher(record)
        hide(record)
        record["level_codes"] = codes
        if coloured is not None and text != record["message"]:
            coloured = None
        if voice is not None:
            said = record["message"].rstrip("\n") if options.raw else record["message"]
            place = record["function"], record["file"].path, record["line"]
            voice.say(level.no, _text_of(said, record["exception"]), *place, record["extra"])
        for target in targets:
            target.handle(record, coloured, options.raw)


def _refuse_unless_level(where: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise BongsuError(f"{where}: a level's number is 0 or more, and has at most 63 bits")


def _text_of(text: str, caught: RecordException | None) -> str:
    return text if caught is None else f"{text}\n{format_exception(caught)}"


def _exception(given: Any) -> RecordException | None:
    if given is None or given is False:
        return None
    if isinstance(given, BaseException):
        return RecordException(type(given), given, given.__traceback__)
    if isinstance(given, tuple):
        return RecordException(*cast("ExcInfo", given))
    return RecordException(*sys.exc_info())


class _Completed:
    """What `complete()` gives: nothing, or something to wait for."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._outs = [target.out for target in targets if isinstance(target.out, TaskOut)]

    def __await__(self) -> Any:
        tasks = [task for out in self._outs for task in out.tasks]
        if tasks:
            yield from asyncio.gather(*tasks, return_exceptions=True).__await__()


def _unpickled(extra: dict[str, Any]) -> Logger:
    return logger.bind(**extra) if extra else logger


logger = Logger(_Core(), _Options())
"""Loguru's logger, to the log home: `logger.info("{} films loaded", 20)`.

Records go to the log home (sink 0, named after the caller's module) and to whatever `add` adds; `remove()` takes all away.
"""


@atexit.register
def _end() -> None:
    logger.complete()


def _renew() -> None:
    for target in logger._core.targets:
        if isinstance(target.out, CallOut):
            target.out.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
