"""Loggers that were there before: `logging.config` turns them off unless it is told not to, those of the log home stay on."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Callable, Iterable
from typing import Any

_NAME = "_handle_existing_loggers"

_Handle = Callable[[Iterable[str], Iterable[str], bool], Any]


class KeptOn:
    """From now until it is released, loggers of the names that are `ours` stay on when a configuration does not name them."""

    def __init__(self, ours: Callable[[str], bool]) -> None:
        self._ours: Callable[[str], bool] | None = ours
        self._original: _Handle | None = vars(logging.config).get(_NAME)
        if self._original is not None:
            setattr(logging.config, _NAME, self._handle)

    def _handle(self, existing: Iterable[str], children: Iterable[str], disable: bool) -> None:
        """Stands in for what `dictConfig` and `fileConfig` do with loggers that they do not name."""
        names, ours = list(existing), self._ours
        on = [logger for logger in map(logging.getLogger, names) if ours is not None and ours(logger.name) and not logger.disabled]
        if self._original is not None:
            self._original(names, children, disable)
        for logger in on:
            logger.disabled = False

    def release(self) -> None:
        """Leaves loggers to the configuration again."""
        self._ours = None
        if vars(logging.config).get(_NAME) == self._handle and self._original is not None:
            setattr(logging.config, _NAME, self._original)
