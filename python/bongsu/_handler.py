"""The handler that writes through the core, for any set-up of `logging`."""

from __future__ import annotations

import copy
import functools
import logging
import os
import re
import sys
from collections.abc import Callable
from typing import Any, ParamSpec

from bongsu import _check, _core
from bongsu._core import BongsuError
from bongsu._levels import level_number
from bongsu._trace import format_exception


_P = ParamSpec("_P")


def _known_only(init: Callable[_P, None]) -> Callable[_P, None]:
    """Has a keyword that is none be told with those there are: dictionaries of `logging.config` are written by hand."""
    accepted = ("file", *(getattr(init, "__kwdefaults__", None) or ()))

    @functools.wraps(init)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> None:
        for name in kwargs:
            if name not in accepted:
                raise BongsuError(f"Handler({name}=…): there is no such argument; it takes {', '.join(accepted)}")
        init(*args, **kwargs)

    return checked


class Handler(logging.Handler):
    """Writes records to a file that rotates, or to the console.

    Without a file it writes to whatever `sys.stdout` is at the time. `layout` is `detailed`, `simple`, `component`,
    `performance`, `json`, or a template such as `"{time} {level:<8} {message}"`; a formatter that is set takes its place.

    A file rotates at `rotation` (bytes, or words such as `"10 MiB or 00:00"`; 10 MiB), and `retention` says which older ones are
    kept (their number, or `"10 files, 30 days, 2 GB"`; 5, or all when `rotation` is given), `compression` (`gzip`, `zstd`) how, `archive` where those beyond the
    number go. `sync` says what survives a loss of power (`never`, `each`, or all but the last so many seconds), `mode` how lines
    come to the file (`auto`, `journal`, `plain`).

    >>> import logging
    >>> logger = logging.getLogger("example")
    >>> logger.addHandler(Handler(layout="{level} {message}", colours=False))
    >>> logger.warning("%d left", 3)
    WARNING 3 left
    """

    @_known_only
    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        level: int | str = logging.NOTSET,
        layout: str | None = None,
        rotation: int | str | None = None,
        retention: int | str | None = None,
        compression: str | None = None,
        archive: str | os.PathLike[str] | None = None,
        sync: float | str | None = None,
        mode: str | None = None,
        colours: bool | None = None,
    ) -> None:
        layout = _check.word("Handler", "layout", layout, "the name of a layout, such as 'json', or a template")
        if colours is not None:
            _check.flag("Handler", "colours", colours)
        number = level_number(level)
        if file is None:
            sink = _core.Sink.console(layout or "simple", colours)
        else:
            if isinstance(sync, bool) or not isinstance(sync, (int, float, str, type(None))):
                raise BongsuError(f"Handler(sync={sync!r}): sync takes 'never', 'interval', 'each' or a number of seconds")
            sink = _core.Sink.file(
                os.path.abspath(_check.file_path("Handler", "file", file, "logs/x.log")),
                layout or "detailed",
                rotation=rotation,
                retention=retention,
                compression=_check.word("Handler", "compression", compression, "'off', 'gzip' or 'zstd'"),
                archive=None if archive is None else _check.path("Handler", "archive", archive, "logs/archive"),
                sync=sync,
                mode=_check.word("Handler", "mode", mode, "'auto', 'journal' or 'plain'"),
            )
        super().__init__(number)
        self._sink = sink

    @property
    def sink(self) -> _core.Sink:
        """What it writes to."""
        return self._sink

    @property
    def is_console(self) -> bool:
        """Whether it writes to the console and not to a file."""
        return self._sink.is_console

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets an attribute, and has loggers look anew at what their calls lead to."""
        super().__setattr__(name, value)
        _core.touch()

    def handle(self, record: logging.LogRecord) -> Any:
        """Writes the record unless a filter says no; files and the console have locks of their own."""
        try:
            done = _core.handle(self, record)
        except RecursionError:
            raise
        except Exception:
            # It may be written all the same, so `emit` must not write it once more.
            self.handleError(record)
            done = _handled(record)
        return done or self._handle(record)

    def _handle(self, record: logging.LogRecord) -> Any:
        if self.filters or type(self) is not Handler:
            return super().handle(record)
        self.emit(record)
        return _handled(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record."""
        try:
            record = hidden(record)
            if self._sink.is_console and _core.must_keep_out():
                return  # the interpreter ends: a thread that it ends in the middle of a write would break its output
            if (self.formatter is None or self._sink.is_shipped) and type(self) is Handler:
                _core.emit(self._sink, record, message_of(record))
            else:
                _core.write_text(self._sink, record.levelno, self.format(record))
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Tells on standard error, as `logging` does, of a record that could not be written; secrets are hidden."""
        if logging.raiseExceptions:
            shown = unsaid(record)
            if shown is not None:
                record = copy.copy(record)
                vars(record).update(msg=_As(shown[0]), args=_As(shown[1]))
            super().handleError(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line of the record: by the formatter if there is one, else in the handler's layout."""
        if self.formatter is not None:
            return self.formatter.format(record)
        return _core.render(self._sink, record, message_of(record))

    def flush(self) -> None:
        """Puts what was written so far where it belongs."""
        self._sink.flush()

    def close(self) -> None:
        """Flushes, and forgets the handler."""
        self.flush()
        super().close()


def _handled(record: logging.LogRecord) -> logging.LogRecord | bool:
    """What `logging.Handler.handle` gives back for a record that was not filtered."""
    return record if sys.version_info >= (3, 12) else True


def handler_of(sink: _core.Sink, level: int) -> Handler:
    """The handler of a sink that is ready."""
    handler = Handler.__new__(Handler)
    logging.Handler.__init__(handler, level)
    handler._sink = sink
    return handler


def handlers_of(logger: logging.Logger, level: int) -> list[Handler]:
    """The handlers of ours that a record of a logger reaches, by its chain or beside it."""
    found: list[logging.Handler] = []
    above: logging.Logger | None = logger
    while above is not None:
        found += above.handlers
        above = above.parent if above.propagate else None
    found += _core.missing(logger)
    return [one for one in found if isinstance(one, Handler) and level >= one.level]


def hidden(record: logging.LogRecord) -> logging.LogRecord:
    """The record without what its message or its arguments hold behind the names of secrets; itself if there is nothing."""
    given = _core.hidden_given(record.msg, record.args)
    if given is None:
        return record
    made = copy.copy(record)
    made.msg, made.args = given
    try:
        made.getMessage()
    except Exception:
        # Where a number was asked for there is a mask now.
        made.msg, made.args = _core.scrub({"": [record.msg, record.args]}, record.getMessage()), None
    return made


_PLACE = re.compile(r"%[^a-zA-Z%]*[a-zA-Z]")
_PROBE = "x8Kq2mZp41"


class _As:
    """What reads as a text that is given."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def unsaid(record: logging.LogRecord) -> tuple[str, str] | None:
    """The message of a record and its arguments, which do not fit it, as Python writes them and secrets hidden; none if there are none.

    >>> unsaid(logging.LogRecord("a", 20, "a.py", 1, "password=%s user=%s", ("hunter2",), None))
    ("'password=%s user=%s'", '***HIDDEN***')
    >>> unsaid(logging.LogRecord("a", 20, "a.py", 1, "page %d", ("two",), None))
    """
    given = _core.hidden_given(record.msg, record.args)
    message, arguments = map(_shown, (record.msg, record.args) if given is None else given)
    probed = _PLACE.sub(_PROBE, message)
    # Which argument belongs to a sensitive name is not to be told: none is shown.
    is_named = _core.mask_text(probed) != probed
    masked = _core.mask_text(message), _core.HIDDEN if is_named else _core.mask_text(arguments)
    return None if given is None and masked == (message, arguments) else masked


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__}>"


def message_of(record: logging.LogRecord) -> str:
    """The message, and below it the traceback and the stack if there are any."""
    text = record.getMessage()
    if record.exc_info or record.exc_text or record.stack_info:
        if record.exc_info and not record.exc_text:
            record.exc_text = format_exception(record.exc_info)
        for more in (record.exc_text, record.stack_info):
            if more:
                text = f"{text}{'' if text.endswith(chr(10)) else chr(10)}{more}"
    return text


_core.setup(Handler)
