"""Tracebacks of exceptions as text."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import cast

from bongsu import _core

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
_Whole = tuple[type[BaseException], BaseException, TracebackType | None]

_FORMATTER = logging.Formatter()


def format_exception(exc_info: ExcInfo) -> str:
    """The text that `logging.Formatter().formatException(exc_info)` gives, mostly without what that costs.

    >>> try:
    ...     {}["film"]
    ... except KeyError as error:
    ...     text = format_exception((type(error), error, error.__traceback__))
    >>> text.splitlines()[-1]
    "KeyError: 'film'"
    """
    text = _core.format_exception(exc_info)
    return _FORMATTER.formatException(cast("_Whole", exc_info)) if text is None else text
