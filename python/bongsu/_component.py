"""The loggers of components, as decorated functions and contexts speak through them."""

from __future__ import annotations

import logging
from typing import Any

from bongsu import _core, _home


def voices(
    name: str, log_file: str | None, least: int, performance: str
) -> tuple[Any, _core.Voice, _core.Voice]:
    """The running log home, the voice of the logger `name` and that of the durations of `performance`.

    A logger that the program gave a level keeps it, and the level counts; any other speaks from `least` on.
    """
    with _home.lock():
        home = _home.running()
        logger = logging.getLogger(name)
        home.attach_component(logger, log_file)
        least = home.level_of(name, least)
        if logger.level == logging.NOTSET:
            logger.setLevel(least)
            _home.given_levels[name] = least
        timer = _home.get_performance_logger(performance)
        return home, voice_of(logger, least), voice_of(timer, home.level_of(timer.name, logging.INFO))


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
