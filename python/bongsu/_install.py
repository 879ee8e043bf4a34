"""Gives the loggers of `logging` their quick methods."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from bongsu import _core

_installed = False


def install() -> None:
    """Turns on quick calls for every logger there is and will be; handlers stay as they are.

    Calls of `debug`, `info`, `warning`, `error`, `critical` and `log` are done in Rust when nothing but handlers of bongsu is
    in their way, else by the standard library, with the same result. A second call does nothing.
    """
    global _installed
    if _installed:
        return
    _installed = True
    manager = logging.Logger.manager
    find_parents: Callable[[logging.Logger], None] = getattr(manager, "_fixupParents")  # noqa: B009

    def find_parents_and_bind(logger: logging.Logger) -> None:
        find_parents(logger)
        _core.bind(logger)

    vars(manager)["_fixupParents"] = find_parents_and_bind
    for logger in _loggers(manager):
        _core.bind(logger)


def uninstall() -> None:
    """Takes the quick methods away again; loggers are as the standard library made them."""
    global _installed
    if not _installed:
        return
    _installed = False
    manager = logging.Logger.manager
    vars(manager).pop("_fixupParents", None)
    for logger in _loggers(manager):
        _core.unbind(logger)


def stats() -> dict[str, int]:
    """What became of calls so far.

    `fast`: done by the quick methods, of which `written`, or `off` because of their level; `slow`: left to the standard
    library, because of `replaced` methods, `filtered` loggers, `foreign` handlers, `unhandled` loggers or an `unusual` message
    or argument; `handled`: records that the standard library gave to our handlers; `lost`: lines that could not be written.
    """
    return _core.stats()


def _loggers(manager: Any) -> list[logging.Logger]:
    found = [logger for logger in list(manager.loggerDict.values()) if isinstance(logger, logging.Logger)]
    return [manager.root, *found]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_core.before_fork,
        after_in_parent=_core.after_fork_in_parent,
        after_in_child=_core.after_fork_in_child,
    )
