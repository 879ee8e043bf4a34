"""The loggers of components, as decorated functions and contexts speak through them."""

from __future__ import annotations

import logging
from typing import Any

from bongsu import _core, _home
from bongsu._core import BongsuError
from bongsu._trouble import tell, went


def voices(
    name: str, log_file: str | None, least: int, performance: str
) -> tuple[Any, _core.Voice, _core.Voice]:
    """The running log home, the voice of the logger `name` and that of the durations of `performance`.

    A logger that the program gave a level keeps it, and the level counts; any other speaks from `least` on. Where a file cannot be
    opened, the voices speak to the others, and the home is none: who calls asks anew.
    """
    with _home.lock():
        home = _home.running()
        logger = logging.getLogger(name)
        is_whole = went(lambda: home.attach_component(logger, log_file))
        least = home.level_of(name, least)
        if logger.level == logging.NOTSET:
            logger.setLevel(least)
            _home.given_levels[name] = least
        timer, is_timed = _home.timer_at_hand(performance)
        timing = voice_of(timer, home.level_of(timer.name, logging.INFO))
        return home if is_whole and is_timed else None, voice_of(logger, least), timing


def voices_if_any(
    name: str, log_file: str | None, least: int, performance: str
) -> tuple[Any, _core.Voice | None, _core.Voice | None]:
    """As `voices`; none where logging cannot even start, which is told and does not stop the program."""
    try:
        return voices(name, log_file, least, performance)
    except (BongsuError, OSError) as error:
        tell(error)
        return None, None, None


def voice_of(logger: logging.Logger, least: int) -> _core.Voice:
    """The voice of a logger; it heeds the logger's level if the program set that."""
    ours = _home.given_levels.get(logger.name) == logger.level
    return _core.Voice(logger, least, logger.level if ours else None)


def last_part(module: str | None) -> str:
    """The component of a module's functions.

    >>> last_part("shop.payments.card")
    'card'
    """
    return (module or "__main__").rpartition(".")[2]
