"""Names of levels."""

from __future__ import annotations

import logging

from bongsu._core import BongsuError

_SPELLINGS = {
    "NOTSET": logging.NOTSET,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "CRITICAL": logging.CRITICAL,
}


def level_number(level: int | str) -> int:
    """The number of a level given by its name, in any case, or by its number.

    Levels that `logging.addLevelName` added count too. Any other name is a `BongsuError`.

    >>> level_number("warning"), level_number("Info"), level_number(15)
    (30, 20, 15)
    """
    if isinstance(level, str):
        name = level.strip()
        known: dict[str, int] = vars(logging)["_nameToLevel"]
        for spelled in (name, name.upper()):
            number = known.get(spelled, _SPELLINGS.get(spelled))
            if number is not None:
                return number
        raise BongsuError(
            f"unknown level {level!r}: expected DEBUG, INFO, WARNING, ERROR, CRITICAL, a number, "
            "or a name added with logging.addLevelName"
        )
    return _number(level)


def _number(level: object) -> int:
    if isinstance(level, bool) or not isinstance(level, int):
        raise BongsuError(f'a level is a name or a number, not {level!r}: give for example level="INFO"')
    if not -(2**63) <= level < 2**63:
        raise BongsuError(f"level {level}: a level's number has at most 64 bits; give for example 25")
    return int(level)
