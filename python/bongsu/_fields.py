"""Fields that are on every record of a context: of a block, of a thread, of a task.

They are kept in a variable of `contextvars`: tasks and callbacks of `asyncio` inherit it by themselves. A thread that is
started inside begins without them, unless what it runs went through `propagate`.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from bongsu._core import BongsuError, Fields, fields_variable

_P = ParamSpec("_P")
_R = TypeVar("_R")
_F = TypeVar("_F", bound=Callable[..., Any])

# Attributes of a record of `logging`: a field of the same name could not be seen by handlers of others.
RESERVED = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs "
    "relativeCreated thread threadName processName process taskName message asctime".split()
)


# What was entered here and not left yet, the innermost last: who, and the fields before.
_Entered = tuple[tuple[object, Fields | None], ...]
_entered: contextvars.ContextVar[_Entered] = contextvars.ContextVar("bongsu_entered", default=())


def enter(owner: object, fields: dict[str, Any]) -> None:
    """Adds fields until `owner` leaves. It may enter anew before, here and in other threads and tasks."""
    outer = fields_variable.get(None)
    _entered.set((*_entered.get(), (owner, outer)))
    fields_variable.set(Fields({**current_fields(), **fields}))


def leave(owner: object) -> None:
    """Takes away what `owner` added when it entered last; nothing where it did not enter, as when a block ends in another thread.

    Of generators that leave in another order than they entered, the last one takes away what is left.
    """
    entered = list(_entered.get())
    place = next((place for place in reversed(range(len(entered))) if entered[place][0] is owner), None)
    if place is None:
        return
    outer = entered.pop(place)[1]
    if place == len(entered):
        fields_variable.set(Fields({}) if outer is None else outer)
    else:
        entered[place] = (entered[place][0], outer)
    _entered.set(tuple(entered))


def current_fields() -> dict[str, Any]:
    """The fields that hold here, as they were given.

    >>> with contextualize(user="kim"):
    ...     current_fields()
    {'user': 'kim'}
    """
    fields = fields_variable.get(None)
    return {} if fields is None else dict(fields.values)


def checked(called: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields whose names no record has already."""
    for name in fields:
        if name in RESERVED:
            raise BongsuError(
                f"{called}({name}=…): every record has a {name!r} of its own; give the field another name, such as 'my_{name}'"
            )
    return fields


def named(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of one record: a name that every record has already gets a mark.

    >>> named({"user": "kim", "name": "x"})
    {'user': 'kim', 'name_': 'x'}
    """
    if RESERVED.isdisjoint(fields):
        return fields
    return {f"{name}_" if name in RESERVED else name: value for name, value in fields.items()}


class contextualize:  # noqa: N801 (reads as the function that it is to its users)
    """Puts fields on every record of the block, of whatever logger, and of what the block calls or awaits.

    They are attributes in the JSON layout, places of a template (`{user}`), and `extra` to handlers of others. Inner blocks
    add to outer ones; of two fields of one name the inner one counts. As a decorator it holds while the function runs,
    coroutine functions and generators included.

    >>> with contextualize(user="kim", page=1):
    ...     with contextualize(page=2):
    ...         current_fields()
    {'user': 'kim', 'page': 2}
    >>> current_fields()
    {}
    """

    def __init__(self, **fields: Any) -> None:
        self._fields = checked("contextualize", fields)

    def __enter__(self) -> None:
        enter(self, self._fields)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        leave(self)

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, frames)

    def __call__(self, function: _F) -> _F:
        """Decorates a function."""
        if isinstance(function, type) or not callable(function):
            raise BongsuError(
                f"contextualize(…) stands on functions and methods, not on {function!r}: put it above the methods that are to have the fields"
            )
        fields = self._fields
        call = cast("Any", function)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with contextualize(**fields):
                    return await call(*args, **kwargs)

            return cast("_F", awaited)
        if inspect.isgeneratorfunction(function):
            steps = cast("Callable[..., Generator[Any, Any, Any]]", function)

            @functools.wraps(function)
            def generated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                # The fields are there while it runs, not while it waits for whoever asks for the next value.
                source = steps(*args, **kwargs)
                step: Callable[[], Any] = functools.partial(next, source)
                while True:
                    with contextualize(**fields):
                        try:
                            value = step()
                        except StopIteration as end:
                            return end.value
                    try:
                        step = functools.partial(source.send, (yield value))
                    except GeneratorExit:
                        with contextualize(**fields):
                            source.close()
                        raise
                    except BaseException as error:
                        step = functools.partial(source.throw, error)

            return cast("_F", generated)
        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def generated_async(*args: Any, **kwargs: Any) -> Any:
                source = call(*args, **kwargs)
                step: Callable[[], Any] = source.__anext__
                while True:
                    with contextualize(**fields):
                        try:
                            value = await step()
                        except StopAsyncIteration:
                            return
                    try:
                        step = functools.partial(source.asend, (yield value))
                    except GeneratorExit:
                        with contextualize(**fields):
                            await source.aclose()
                        raise
                    except BaseException as error:
                        step = functools.partial(source.athrow, error)

            return cast("_F", generated_async)

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with contextualize(**fields):
                return call(*args, **kwargs)

        return cast("_F", called)


def bind(**fields: Any) -> None:
    """Puts fields on every record from here on, to the end of this thread, task or `contextualize` block.

    >>> with contextualize():
    ...     bind(request_id="r-1")
    ...     current_fields()
    {'request_id': 'r-1'}
    """
    fields_variable.set(Fields({**current_fields(), **checked("bind", fields)}))


def unbind(*names: str) -> None:
    """Takes fields away again from here on; all of them when none is named.

    >>> with contextualize(user="kim", page=1):
    ...     unbind("page")
    ...     current_fields()
    {'user': 'kim'}
    """
    fields_variable.set(Fields({name: value for name, value in current_fields().items() if names and name not in names}))


def propagate(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function that runs with the fields (and all other context variables) of the place where this is called.

    For threads and pools, which inherit nothing: `Thread(target=propagate(work))`, `pool.submit(propagate(work), 1)`,
    `pool.map(propagate(work), items)`.

    >>> from threading import Thread
    >>> with contextualize(user="kim"):
    ...     thread = Thread(target=propagate(lambda: print(current_fields())))
    >>> thread.start(); thread.join()
    {'user': 'kim'}
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def propagated(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        # A context can be entered once at a time: calls that run side by side have one each.
        return context.copy().run(function, *args, **kwargs)

    return propagated
