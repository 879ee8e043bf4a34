"""Configurations of `logging.config`: its dictionary schema in a file or in code, and its `ini` files."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Mapping
from typing import Any, cast

from bongsu._core import BongsuError
from bongsu._settings import Dictionary

_FLAGS = ("disable_existing_loggers", "incremental", "propagate")
# Words that YAML 1.1, and so the loaders that people read such files with, takes for yes and no.
_WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def apply(dictionary: Dictionary) -> None:
    """Sets `logging` up as it says, with the standard library's own means."""
    try:
        if dictionary.values is None:
            logging.config.fileConfig(dictionary.place, disable_existing_loggers=False, encoding="utf-8")
        else:
            logging.config.dictConfig(_with_flags(dictionary.values))
    except Exception as error:
        cause = f": {error.__cause__}" if error.__cause__ is not None else ""
        raise BongsuError(f"{dictionary.place}: logging.config refuses it: {error}{cause}") from error


def root_level(dictionary: Dictionary) -> int | None:
    """The level that it gave the root logger, once it has been applied; none when it says nothing of it."""
    root = {"level": True} if dictionary.values is None else dictionary.values.get("root")
    return logging.getLogger().level if isinstance(root, Mapping) and "level" in root else None


def _with_flags(values: Mapping[str, Any]) -> dict[str, Any]:
    """The dictionary with words for yes and no in the places of flags as what they say."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        if name in _FLAGS and isinstance(value, str):
            made[name] = _WORDS.get(value.lower(), value)
        elif name == "loggers" and isinstance(value, Mapping):
            loggers = cast("Mapping[str, Any]", value)
            flagged = {key: _with_flags(cast("Mapping[str, Any]", one)) for key, one in loggers.items() if isinstance(one, Mapping)}
            made[name] = {**loggers, **flagged}
        else:
            made[name] = value
    return made
