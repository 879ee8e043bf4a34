"""Tracebacks of exceptions as text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bongsu import _core

if TYPE_CHECKING:
    from logging import _SysExcInfoType

_FORMATTER = logging.Formatter()


def format_exception(exc_info: _SysExcInfoType) -> str:
    """The text that `logging.Formatter().formatException(exc_info)` gives, mostly without what that costs.

    >>> try:
    ...     {}["film"]
    ... except KeyError as error:
    ...     text = format_exception((type(error), error, error.__traceback__))
    >>> text.splitlines()[-1]
    "KeyError: 'film'"
    """
    text = _core.format_exception(exc_info)
    return _FORMATTER.formatException(exc_info) if text is None else text
