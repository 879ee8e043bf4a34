"""Pickles of decorated functions, and what kind of object they are to those who ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from bongsu._core import Wrapped

# Picklers that send functions of notebooks and scripts as code, not by name.
_BY_VALUE = ("cloudpickle", "dill")


def reduce_wrapped(wrapped: Wrapped) -> str | tuple[Callable[..., Any], tuple[Any, ...]]:
    """How a decorated function is pickled: by its name as any function, by a pickler that sends code as a function to
    be decorated again."""
    if _sends_code(2):
        function, decorator, options = wrapped.__bongsu__
        return again, (decorator, options, function)
    return str(wrapped.__qualname__)


def class_of(wrapped: Wrapped, function: object) -> type:
    """What a decorated function says to `isinstance`: that it is a function, where it stands in the place of one. Picklers that send
    code would take it apart for that, and its decorator would be lost."""
    return FunctionType if isinstance(function, FunctionType) and not _sends_code(2) else type(wrapped)


def _sends_code(depth: int) -> bool:
    """Whether the function so many calls up is one of a pickler that sends code."""
    asked_by = str(sys._getframe(depth).f_globals.get("__name__"))
    return any(name in asked_by for name in _BY_VALUE)


def again(decorator: str, options: dict[str, Any], function: Callable[..., Any]) -> Any:
    """Decorates a function as it was before it was pickled."""
    from bongsu import _decorators

    return getattr(_decorators, decorator)(**options)(function)
