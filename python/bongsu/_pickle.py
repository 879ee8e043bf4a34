"""Pickles of decorated functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from bongsu._core import Wrapped

# Picklers that send functions of notebooks and scripts as code, not by name.
_BY_VALUE = ("cloudpickle", "dill")


def reduce_wrapped(wrapped: Wrapped) -> str | tuple[Callable[..., Any], tuple[Any, ...]]:
    """How a decorated function is pickled: by its name as any function, by a pickler that sends code as a function to
    be decorated again."""
    asked_by = str(sys._getframe(1).f_globals.get("__name__"))
    if any(name in asked_by for name in _BY_VALUE):
        function, decorator, options = wrapped.__bongsu__
        return again, (decorator, options, function)
    return str(wrapped.__qualname__)


def again(decorator: str, options: dict[str, Any], function: Callable[..., Any]) -> Any:
    """Decorates a function as it was before it was pickled."""
    from bongsu import _decorators

    return getattr(_decorators, decorator)(**options)(function)
