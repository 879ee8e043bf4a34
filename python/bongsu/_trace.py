"""Tracebacks of exceptions as text."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import cast

from bongsu import _core, _drive

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
    # A tuple of a class of its own, as records of the logger have one, is none to the core.
    text = _core.format_exception(exc_info[:])
    return _FORMATTER.formatException(cast("_Whole", exc_info)) if text is None else text


def traceback_text(error: BaseException) -> str:
    """The traceback of an exception as Python shows it, without the frames that decorators put first.

    >>> try:
    ...     1 / 0
    ... except ZeroDivisionError as error:
    ...     print(traceback_text(error).splitlines()[-1])
    ZeroDivisionError: division by zero
    """
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None and frames.tb_frame.f_code.co_filename == _drive.__file__:
        frames = frames.tb_next
    return format_exception((type(error), error, frames))
