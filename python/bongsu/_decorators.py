"""`log_execution` and `log_api_call`."""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable, Iterable
from functools import partial
from types import CodeType, FunctionType
from typing import Any, Protocol, TypeVar, cast, overload

from bongsu import _check, _core, _home
from bongsu._component import last_part, voices_if_any
from bongsu._core import BongsuError
from bongsu._drive import driver_of
from bongsu._levels import level_number

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")

SENSITIVE_FIELDS = ("api_key", "password", "token")


class Decorator(Protocol):
    """Gives back what it is put on, with the same type."""

    def __call__(self, target: _T, /) -> _T: ...


@overload
def log_execution(component: _F, /) -> _F: ...
@overload
def log_execution(
    component: str | None = None,
    log_file: str | None = None,
    level: int | str = "INFO",
    log_args: bool = False,
    log_result: bool = False,
) -> Decorator: ...
def log_execution(
    component: Any = None,
    log_file: str | None = None,
    level: int | str = "INFO",
    log_args: bool = False,
    log_result: bool = False,
) -> Any:
    """Logs each run of a function: its beginning, its end or its failure, and a performance line.

    `component` is the logger's name and that of its files, the last part of the module's name if none is given; `log_file`
    another file below `app/`. Nothing below `level` is written, and no duration when it is above INFO. `log_args` adds the
    arguments to the first line, each cut at 100 characters, `log_result` the result to the last, cut at 200.

    It stands, with or without parentheses, on functions, coroutine functions, generators, methods of every kind, properties
    and whole classes (their public methods and `__init__`). What it is put on keeps its signature, its docstring and
    its type; the exception of a run that fails goes on unchanged. A run of a coroutine or a generator begins when it is
    first asked for a value; a generator that is closed early has completed.

    Arguments called `password`, `token`, `api_key` and the like read `***HIDDEN***`, their values in errors and tracebacks
    too; see `bongsu.mask`.

    >>> @log_execution(component="films", log_args=True)
    ... def load(path: str, limit: int = 10) -> int:
    ...     '''Loads films.'''
    ...     return limit
    >>> load.__name__, load.__doc__, list(inspect.signature(load).parameters)
    ('load', 'Loads films.', ['path', 'limit'])
    """
    if component is not None and not isinstance(component, str):
        _refuse_more("log_execution", log_file=log_file, level=level, log_args=log_args, log_result=log_result)
        return _execution(component, _options_of_execution())
    options = _options_of_execution(component, log_file, level, log_args, log_result)
    return partial(_execution, options=options)


def timed(component: str | None, level: int | str) -> Decorator:
    """Writes the performance line of each run, and its failure, but neither its beginning nor its end."""
    options = {**_options_of_execution(component, None, level), "announce": False}
    return cast("Decorator", partial(_execution, options=options))


@overload
def log_api_call(api_name: _F, /) -> _F: ...
@overload
def log_api_call(
    api_name: str | None = None,
    log_request: bool = True,
    log_response: bool = False,
    sensitive_fields: Iterable[str] = SENSITIVE_FIELDS,
) -> Decorator: ...
def log_api_call(
    api_name: Any = None,
    log_request: bool = True,
    log_response: bool = False,
    sensitive_fields: Iterable[str] = SENSITIVE_FIELDS,
) -> Any:
    """Logs each run of a function as a call of an API, in `app/api_calls.log`, with secrets masked.

    `api_name` is the function's name if none is given. With `log_request` the first line shows the arguments as JSON, with
    `log_response` the last one the response, cut at 200 characters. The performance line of component `api` has the status
    and the size of the response in bytes, or the error: of a text its own, of data that of its JSON, of a response of an HTTP library
    that of the body it holds, and `null` of any other object.

    Values of `sensitive_fields` read `***HIDDEN***`, in any spelling of the name (`API_KEY`, `apiKey`), at any depth, given by
    position or by name; and wherever else they stand in what is written of the call, the error and its traceback included.

    >>> @log_api_call(api_name="TMDB", log_response=True)
    ... def search(query: str, api_key: str) -> list[int]:
    ...     return [550]
    >>> list(inspect.signature(search).parameters)
    ['query', 'api_key']
    """
    if api_name is not None and not isinstance(api_name, str):
        _refuse_more("log_api_call", log_request=log_request, log_response=log_response)
        return _api(api_name, _options_of_api())
    return partial(_api, options=_options_of_api(api_name, log_request, log_response, sensitive_fields))


def _options_of_execution(
    component: str | None = None,
    log_file: str | None = None,
    level: int | str = "INFO",
    log_args: bool = False,
    log_result: bool = False,
    announce: bool = True,
) -> dict[str, Any]:
    called = "log_execution"
    if component is not None:
        _check.name(called, "component", component, "payments")
    try:
        number = level_number(level)
    except BongsuError as error:
        raise BongsuError(f"{called}(level={level!r}): {error}") from None
    return {
        "component": component,
        "log_file": _check.log_file(called, log_file),
        "level": number,
        "log_args": _check.flag(called, "log_args", log_args),
        "log_result": _check.flag(called, "log_result", log_result),
        "announce": announce,
    }


def _options_of_api(
    api_name: str | None = None,
    log_request: bool = True,
    log_response: bool = False,
    sensitive_fields: Iterable[str] = SENSITIVE_FIELDS,
) -> dict[str, Any]:
    called = "log_api_call"
    if api_name is not None:
        _check.name(called, "api_name", api_name, "TMDB")
    return {
        "api_name": api_name,
        "log_request": _check.flag(called, "log_request", log_request),
        "log_response": _check.flag(called, "log_response", log_response),
        "sensitive_fields": _check.names(called, "sensitive_fields", sensitive_fields, "api_key"),
    }


def _refuse_more(called: str, **given: Any) -> None:
    defaults = {"log_file": None, "level": "INFO", "log_args": False, "log_result": False}
    defaults |= {"log_request": True, "log_response": False}
    for argument, value in given.items():
        if value != defaults[argument]:
            raise BongsuError(
                f"{called}(<function>, {argument}=…): write @{called}({argument}=…) above the function instead"
            )


def _execution(target: Any, options: dict[str, Any]) -> Any:
    return decorate("log_execution", target, partial(_wrap_execution, options=options))


def _api(target: Any, options: dict[str, Any]) -> Any:
    return decorate("log_api_call", target, partial(_wrap_api, options=options))


def _wrap_execution(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    component = options["component"] or last_part(getattr(function, "__module__", None))
    find = partial(voices_if_any, component, options["log_file"], options["level"], component)
    task = _core.Task.execution(
        find,
        _home.__dict__,
        *_facts(function),
        options["announce"],
        options["log_args"],
        options["log_result"],
    )
    return _wrap(function, task, "execution_again", options)


def _wrap_api(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    facts = _facts(function)
    find = partial(voices_if_any, "api_calls", None, level_number("DEBUG"), "api")
    task = _core.Task.api(
        find,
        _home.__dict__,
        *facts,
        options["api_name"] or facts[1],
        options["log_request"],
        options["log_response"],
        options["sensitive_fields"],
    )
    return _wrap(function, task, "api_again", options)


def execution_again(**options: Any) -> Callable[[Any], Any]:
    """The decorator with options that were checked before."""
    return partial(_execution, options=options)


def api_again(**options: Any) -> Callable[[Any], Any]:
    """The decorator with options that were checked before."""
    return partial(_api, options=options)


def _wrap(function: Callable[..., Any], task: _core.Task, again: str, options: dict[str, Any]) -> Any:
    wrapped: Any = _core.wrap(function, task, driver_of(function))
    functools.update_wrapper(wrapped, function)
    wrapped.__bongsu__ = (function, again, options)
    return wrapped


_Facts = tuple[Callable[[], tuple[str, int]], str, list[str], "str | None", bool]


def _facts(function: Callable[..., Any]) -> _Facts:
    """Where a function stands, its name, those of its positional parameters and of the rest, and whether it is a method."""
    name = getattr(function, "__name__", None) or type(function).__name__
    code = _code_of(function)
    if code is None:
        return partial(_nowhere, function), name, _parameters(function), None, False
    parameters = list(code.co_varnames[: code.co_argcount])
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & inspect.CO_VARARGS else None
    is_method = bool(parameters) and parameters[0] in ("self", "cls")
    return partial(_place, code), name, parameters, rest, is_method


def _code_of(function: Any) -> CodeType | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _parameters(function: Callable[..., Any]) -> list[str]:
    """Names of positional parameters of what is no function of Python's own, as far as they are known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one.name for one in found if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def _place(code: CodeType) -> tuple[str, int]:
    """The file of a function, and the line of its `def`: its code begins at the first decorator."""
    for line in range(code.co_firstlineno, code.co_firstlineno + 50):
        text = linecache.getline(code.co_filename, line).lstrip()
        if text.startswith(("def ", "async def ", "class ")) or "lambda" in text:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno


def _nowhere(function: Any) -> tuple[str, int]:
    return getattr(inspect.getmodule(function), "__file__", None) or "<built-in>", 0


def decorate(called: str, target: Any, wrap: Callable[[Callable[..., Any]], Any]) -> Any:
    """Puts what `wrap` makes of a function in its place, also inside a method, a property or a class."""
    part: Any = target
    made = cast("Callable[..., Any]", type(part))
    if isinstance(target, (staticmethod, classmethod)):
        return made(wrap(part.__func__))
    if isinstance(target, property):
        read, write, delete = (one and wrap(one) for one in (target.fget, target.fset, target.fdel))
        return type(target)(read, write, delete, target.__doc__)
    if isinstance(target, functools.cached_property):
        return made(wrap(part.func))
    if isinstance(target, type):
        return _decorate_class(called, target, wrap)
    if not callable(target):
        raise BongsuError(f"@{called} stands on functions, methods, properties and classes, not on {target!r}")
    return wrap(target)


def _decorate_class(called: str, target: type, wrap: Callable[[Callable[..., Any]], Any]) -> type:
    members: dict[str, Any] = dict(vars(target))
    for name, member in members.items():
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        function: Any = getattr(member, "__func__", member)
        if isinstance(function, _core.Wrapped) or not isinstance(
            function, (FunctionType, property, functools.cached_property)
        ):
            continue
        decorated = decorate(called, member, wrap)
        setattr(target, name, decorated)
        if hasattr(decorated, "__set_name__"):
            decorated.__set_name__(target, name)
    return target
