"""Arguments of public functions, checked where they are given: an error names the argument and what it takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from bongsu import _core
from bongsu._core import BongsuError

_SEPARATORS = tuple(separator for separator in (os.sep, os.altsep) if separator)


def flag(function: str, argument: str, value: Any) -> bool:
    """A yes or no.

    >>> flag("log_execution", "log_args", "yes")
    Traceback (most recent call last):
        ...
    bongsu.BongsuError: log_execution(log_args='yes'): log_args takes True or False
    """
    if not isinstance(value, bool):
        raise BongsuError(f"{function}({argument}={value!r}): {argument} takes True or False")
    return value


def name(function: str, argument: str, value: Any, example: str) -> str:
    """A name that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise BongsuError(f"{function}({argument}={value!r}): {argument} takes a name, such as {example!r}")
    return value


def path(function: str, argument: str, value: Any, example: str) -> str:
    """The path of a file or a folder.

    >>> path("Handler", "file", 5, "logs/x.log")
    Traceback (most recent call last):
        ...
    bongsu.BongsuError: Handler(file=5): file takes a path, such as 'logs/x.log'
    """
    found: Any = value.__fspath__() if hasattr(value, "__fspath__") else value
    if not isinstance(found, str) or not found:
        raise BongsuError(f"{function}({argument}={value!r}): {argument} takes a path, such as {example!r}")
    return found


def file_path(function: str, argument: str, value: Any, example: str) -> str:
    """The path of a file, which does not end as one of a folder does."""
    found = path(function, argument, value, example)
    if found.endswith(_SEPARATORS):
        raise BongsuError(f"{function}({argument}={value!r}): this names a folder; {argument} takes the path of a file, such as {example!r}")
    return found


def word(function: str, argument: str, value: Any, accepted: str) -> str | None:
    """A word, or nothing; which words there are is known where it is used."""
    if value is not None and not isinstance(value, str):
        raise BongsuError(f"{function}({argument}={value!r}): {argument} takes {accepted}")
    return value


def names(function: str, argument: str, value: Any, example: str) -> list[str]:
    """A list of names; a lone string is most likely one by mistake."""
    wanted = f"{argument} takes a list of names, such as [{example!r}]"
    items: Any = value
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise BongsuError(f"{function}({argument}={items!r}): {wanted}")
    found: list[Any] = list(items)
    for one in found:
        if not isinstance(one, str):
            raise BongsuError(f"{function}({argument}=…): {wanted}, and {one!r} is none")
    return found


def log_file(function: str, value: object) -> str | None:
    """The name of a file in `app/`."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BongsuError(
            f"{function}(log_file={value!r}): log_file takes a file name without folders, such as 'payments.log'"
        )
    try:
        _core.check_log_file(value)
    except BongsuError as error:
        raise BongsuError(f"{function}(log_file={value!r}): {error}") from None
    return value
