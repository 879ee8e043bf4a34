"""Runs of functions that outlast the call: coroutine functions, generators and asynchronous generators.

Each driver gives an object of the same kind as the function's own, so that whoever awaits it or goes through it sees no
difference. A run begins when it is first asked for something, not when it is made.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

from bongsu._core import Run

_Driver = Callable[[Run, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


async def _coroutine(
    run: Run, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    run.begin()
    try:
        result = await function(*args, **kwargs)
    except BaseException as error:
        run.failed(error)
        raise
    run.completed(result)
    return result


def _generator(
    run: Run, function: Callable[..., Generator[Any, Any, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Generator[Any, Any, Any]:
    run.begin()
    try:
        result = yield from function(*args, **kwargs)
    except BaseException as error:
        run.failed(error)
        raise
    run.completed(result)
    return result


async def _async_generator(
    run: Run, function: Callable[..., AsyncGenerator[Any, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> AsyncGenerator[Any, Any]:
    run.begin()
    source = function(*args, **kwargs)
    try:
        step = source.__anext__()
        while True:
            try:
                value = await step
            except StopAsyncIteration:
                break
            try:
                sent = yield value
            except GeneratorExit:
                await source.aclose()
                raise
            except BaseException as error:
                step = source.athrow(error)
            else:
                step = source.asend(sent)
    except BaseException as error:
        run.failed(error)
        raise
    run.completed()


def driver_of(function: Callable[..., Any]) -> _Driver | None:
    """What drives the runs of a function; none when a run is over when the call is."""
    if inspect.iscoroutinefunction(function):
        return _coroutine
    if inspect.isgeneratorfunction(function):
        return _generator
    if inspect.isasyncgenfunction(function):
        return _async_generator
    return None
