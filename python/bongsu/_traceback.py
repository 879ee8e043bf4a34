"""Tracebacks as text."""

from __future__ import annotations

import traceback

from bongsu import _drive


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
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip("\n")
