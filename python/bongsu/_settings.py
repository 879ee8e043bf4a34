"""How `start` is told what it is told: arguments, the environment and a file, read by the core."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

from bongsu import _check, _core
from bongsu._core import BongsuError
from bongsu._levels import level_number

_KNOWN = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)

Config = str | os.PathLike[str] | Mapping[str, Any]


class Asked:
    """The arguments of `start`; `None` is what the program leaves to the environment and the file."""

    def __init__(
        self,
        *,
        home: str | None = None,
        config: str | Mapping[str, Any] | None = None,
        console: bool | None = None,
        console_level: int | None = None,
        level: int | None = None,
        sync: float | str | None = None,
        ship: str | bool | Mapping[str, Any] | None = None,
        on_sigterm: bool | None = None,
        private: list[str] | None = None,
        uncaught: bool = True,
        unseen: int | None = None,
    ) -> None:
        self.home = home
        self.config = config
        self.console = console
        self.console_level = console_level
        self.level = level
        self.sync = sync
        self.ship = ship
        self.on_sigterm = on_sigterm
        self.private = private
        self.uncaught = uncaught
        # The level of the root logger of a program that is not to see the handlers of the log home there.
        self.unseen = unseen

    @staticmethod
    def of(
        home: object,
        config: Any,
        console: bool | None,
        console_level: int | str | None,
        level: int | str | None,
        sync: float | str | None,
        ship: Any,
        on_sigterm: bool | None,
        private: Any,
        uncaught: bool,
    ) -> Asked:
        """The arguments, each known to be of its kind."""
        for name, flag in (("console", console), ("on_sigterm", on_sigterm)):
            if flag is not None:
                _check.flag("start", name, flag)
        if not isinstance(config, Mapping) and config is not None:
            config = os.path.abspath(_path("config", config, "config takes the path of a file, or a mapping"))
        if not (ship is None or ship is False or isinstance(ship, (str, Mapping))):
            # What was given may be a token.
            raise BongsuError(
                'start(ship=…): ship takes the address of a server, a mapping such as {"url": …, "token": …}, or False'
            )
        return Asked(
            home=None if home is None else _path("home", home, "home takes a folder"),
            config=cast("str | Mapping[str, Any] | None", config),
            console=console,
            console_level=None if console_level is None else level_number(console_level),
            level=None if level is None else level_number(level),
            sync=sync,
            ship=cast("str | bool | Mapping[str, Any] | None", ship),
            on_sigterm=on_sigterm,
            private=None if private is None else _names("private", private),
            uncaught=_check.flag("start", "uncaught", uncaught),
        )

    def differs(self, other: Asked) -> bool:
        """Whether it says anything of files and servers that the other does not."""
        mine, theirs = ((one.config, one.sync, one.ship) for one in (self, other))
        return any(own is not None and own != others for own, others in zip(mine, theirs, strict=True))


class Dictionary:
    """A configuration of `logging.config`: where it was found, and what stands in it; nothing for the path of an `ini` file."""

    def __init__(self, place: str, values: Mapping[str, Any] | None) -> None:
        self.place = place
        self.values = values


def read(asked: Asked) -> tuple[_core.Settings, Dictionary | None]:
    """What arguments, environment and file say together; an error names the place and what is accepted."""
    _add_levels()
    config, dictionary = asked.config, None
    if isinstance(config, Mapping) and _core.is_standard_dictionary([str(key) for key in config]):
        dictionary = Dictionary("config", config)
    elif isinstance(config, str) and config.lower().endswith(".ini"):
        dictionary = Dictionary(config, None)
    settings = _core.Settings.read(
        config if isinstance(config, str) and dictionary is None else None,
        _json("config", config) if isinstance(config, Mapping) and dictionary is None else None,
        dictionary is not None,
        _given(asked),
        console=asked.console,
        ship=asked.ship is not False,
    )
    if settings.dictionary is not None:
        dictionary = Dictionary(str(settings.source), json.loads(settings.dictionary))
    return settings, dictionary


def _given(asked: Asked) -> str:
    """The arguments by the names that they have in a configuration."""
    given: dict[str, Any] = {}
    if asked.home is not None:
        given["home"] = asked.home
    if asked.level is not None:
        given["level"] = "none"  # the root logger has it, and a file cannot say another
    if asked.console_level is not None and (name := _level_name(asked.console_level)) is not None:
        given["console"] = {"level": name}
    if asked.on_sigterm is not None:
        given["sigterm"] = asked.on_sigterm
    if asked.private is not None:
        given["private"] = asked.private
    if asked.sync is not None:
        given["sync"] = _span(asked.sync)
    if isinstance(asked.ship, str):
        given["ship"] = {"url": asked.ship}
    elif isinstance(asked.ship, Mapping):
        given["ship"] = dict(asked.ship)
    return _json("start()", given)


def _span(sync: object) -> object:
    """`sync` as a configuration says it: seconds, or a word."""
    if sync == "interval":
        return "1 s"
    if isinstance(sync, (int, float)) and not isinstance(sync, bool):
        return f"{sync} s"
    return sync


def _add_levels() -> None:
    """Levels that the program added, which a configuration may name."""
    known: dict[str, int] = vars(logging)["_nameToLevel"]
    for name, number in list(known.items()):
        if number not in _KNOWN and 0 < number < 60:
            _core.add_level(name, number)


def _level_name(number: int) -> str | None:
    """The name of a level in a configuration; none for one that has none there."""
    name = logging.getLevelName(number)
    if number in _KNOWN:
        return str(name)
    own = f"LEVEL_{number}" if name.startswith("Level ") else str(name)
    return own if 0 < number < 60 and _core.add_level(own, number) else None


def _json(place: str, values: Mapping[str, Any]) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, os.PathLike):
            return os.fspath(cast("os.PathLike[str]", value))
        if isinstance(value, Mapping):
            return dict(cast("Mapping[str, Any]", value))
        raise BongsuError(f"{place}: a configuration holds texts, numbers, lists and tables, not {type(value).__name__}")

    try:
        return json.dumps(dict(values), default=plain)
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, BongsuError):
            raise
        raise BongsuError(f"{place} is no table of keys: {error}") from None


def _names(argument: str, given: Iterable[Any]) -> list[str]:
    names: list[Any] = []
    if not isinstance(given, (str, bytes, Mapping)) and isinstance(given, Iterable):
        names.extend(given)
    if not names or not all(isinstance(name, str) for name in names):
        raise BongsuError(f'start({argument}={given!r}): {argument} takes names of loggers, such as ["audit"]')
    return names


def _path(argument: str, given: Any, wanted: str) -> str:
    if not isinstance(given, (str, os.PathLike)):
        raise BongsuError(f"start({argument}={given!r}): {wanted}")
    return os.fsdecode(cast("str | os.PathLike[str]", given))
