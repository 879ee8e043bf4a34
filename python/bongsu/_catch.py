"""`catch`: exceptions that are logged instead of ending the program."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import os
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast, overload

from bongsu._component import last_part
from bongsu._core import BongsuError
from bongsu._levels import level_number

_F = TypeVar("_F", bound=Callable[..., Any])
Kinds = type[BaseException] | tuple[type[BaseException], ...]

Log = Callable[[str, FrameType, str, BaseException], None]
"""Takes what is said of an error, where it was caught, in which function, and the error."""

MESSAGE = "An error has been caught in function '{function}', process '{process}', thread '{thread}'"


class Catcher:
    """What `catch` gives: a context manager and a decorator."""

    def __init__(
        self,
        exception: Kinds,
        log: Log,
        reraise: bool,
        onerror: Callable[[BaseException], object] | None,
        exclude: Kinds,
        default: Any,
        message: str,
    ) -> None:
        self._exception = exception
        self._log = log
        self._reraise = reraise
        self._onerror = onerror
        self._exclude = exclude
        self._default = default
        self._message = message

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> bool:
        return self._caught(error, sys._getframe(1))

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> bool:
        return self._caught(error, sys._getframe(1))

    def _caught(self, error: BaseException | None, frame: FrameType, function: str | None = None) -> bool:
        """Logs an error if it is one of ours; whether it goes no further."""
        if error is None or not isinstance(error, self._exception) or isinstance(error, self._exclude):
            return False
        code = frame.f_code
        name = function or code.co_name
        module = last_part(frame.f_globals.get("__name__"))
        place = _places(name, module, os.path.basename(code.co_filename), frame.f_lineno, error)
        self._log(self._message.format(**place, record=place), frame, name, error)
        if self._onerror is not None:
            self._onerror(error)
        return not self._reraise

    def __call__(self, function: _F) -> _F:
        """Decorates a function, a coroutine function or a generator."""
        if not callable(function):
            raise BongsuError(f"@catch stands on functions, not on {function!r}")
        if isinstance(function, type):
            raise BongsuError(f"@catch stands on functions, not on the class {function.__name__}: put it on its methods")
        name: str = getattr(function, "__name__", "function")
        call = cast("Any", function)
        result: Any

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                try:
                    return await call(*args, **kwargs)
                except BaseException as error:
                    if not self._caught(error, _frame_of(error), name):
                        raise
                return self._default

            result = awaited
        elif inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def each(*args: Any, **kwargs: Any) -> Any:
                try:
                    async for value in call(*args, **kwargs):
                        yield value
                except BaseException as error:
                    if not self._caught(error, _frame_of(error), name):
                        raise

            result = each
        elif inspect.isgeneratorfunction(function):
            steps = cast("Callable[..., Generator[Any, Any, Any]]", function)

            @functools.wraps(function)
            def generated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                try:
                    given: Any = yield from steps(*args, **kwargs)
                    return given
                except BaseException as error:
                    if not self._caught(error, _frame_of(error), name):
                        raise
                return self._default

            result = generated
        else:

            @functools.wraps(function)
            def called(*args: Any, **kwargs: Any) -> Any:
                try:
                    return call(*args, **kwargs)
                except BaseException as error:
                    if not self._caught(error, _frame_of(error), name):
                        raise
                return self._default

            result = called
        return cast("_F", result)


@overload
def catch(
    exception: Kinds = Exception,
    *,
    level: int | str = "ERROR",
    reraise: bool = False,
    onerror: Callable[[BaseException], object] | None = None,
    exclude: Kinds | None = None,
    default: Any = None,
    message: str = MESSAGE,
) -> Catcher: ...
@overload
def catch(exception: _F, /) -> _F: ...
def catch(
    exception: Any = Exception,
    *,
    level: int | str = "ERROR",
    reraise: bool = False,
    onerror: Callable[[BaseException], object] | None = None,
    exclude: Kinds | None = None,
    default: Any = None,
    message: str = MESSAGE,
) -> Any:
    """Logs an exception with its traceback and goes on, as a decorator (with or without parentheses) or `with catch():`.

    `exception` is what is caught, `exclude` what is not all the same. `reraise` lets it go on once it is logged, `onerror` is
    called with it, `default` is what a decorated function gives instead of a result. In `message` stand `{function}`,
    `{module}`, `{file}`, `{line}`, `{process}`, `{thread}` and `{exception}`, also as Loguru has them: `{record[function]}`.
    The logger is that of the module.

    >>> @catch(ZeroDivisionError, default=0)
    ... def share(part: int, whole: int) -> float:
    ...     return part / whole
    >>> share(1, 2)
    0.5
    """
    if callable(exception) and not isinstance(exception, type):
        return catch()(exception)
    try:
        number = level_number(level)
    except BongsuError as error:
        raise BongsuError(f"catch(level={level!r}): {error}") from None
    given: dict[str, Any] = {"reraise": reraise, "onerror": onerror, "exclude": exclude, "default": default, "message": message}
    return catcher(_to_logging(number), exception, **given)


def catcher(
    log: Log,
    exception: Any = Exception,
    *,
    reraise: bool = False,
    onerror: Callable[[BaseException], object] | None = None,
    exclude: Kinds | None = None,
    default: Any = None,
    message: str = MESSAGE,
) -> Catcher:
    """As `catch`, but what is caught goes to `log`."""
    kinds = _kinds("exception", exception)
    excluded = () if exclude is None else _kinds("exclude", exclude)
    if onerror is not None and not callable(onerror):
        raise BongsuError(f"catch(onerror={onerror!r}): onerror takes a function of one argument, the exception")
    if not isinstance(message, str):
        raise BongsuError(f"catch(message={message!r}): message takes a text, such as {MESSAGE!r}")
    sample = _places("", "", "", 0, Exception(""))
    try:
        # What an exception has cannot be known before there is one.
        with contextlib.suppress(AttributeError):
            message.format(**sample, record=sample)
    except (LookupError, ValueError) as error:
        known = ", ".join(f"{{{name}}}" for name in sample)
        raise BongsuError(f"catch(message={message!r}): {error}; places are {known}; write a brace twice") from None
    return Catcher(kinds, log, bool(reraise), onerror, excluded, default, message)


def _to_logging(level: int) -> Log:
    """Writes with the logger of the module."""

    def log(text: str, frame: FrameType, function: str, error: BaseException) -> None:
        logger = logging.getLogger(last_part(frame.f_globals.get("__name__")))
        if logger.isEnabledFor(level):
            place, info = (frame.f_code.co_filename, frame.f_lineno), (type(error), error, error.__traceback__)
            logger.handle(logger.makeRecord(logger.name, level, *place, "%s", (text,), info, function))

    return log


def _places(function: str, module: str, file: str, line: int, error: BaseException) -> dict[str, Any]:
    """What stands for the places of a message."""
    return {
        "function": function,
        "module": module,
        "file": file,
        "line": line,
        "process": os.getpid(),
        "thread": threading.current_thread().name,
        "exception": error,
    }


def _kinds(argument: str, given: Any) -> Kinds:
    kinds: tuple[Any, ...] = cast("Any", given) if isinstance(given, tuple) else (given,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise BongsuError(f"catch({argument}={given!r}): {argument} takes an exception class or a tuple of them")
    return cast("Kinds", kinds)


def _frame_of(error: BaseException) -> FrameType:
    """The frame of the decorated function: behind that of the wrapper."""
    frames = error.__traceback__
    if frames is None:
        return sys._getframe(1)
    return (frames.tb_next or frames).tb_frame
