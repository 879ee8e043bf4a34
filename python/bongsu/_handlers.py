"""The handlers of a log home, as its configuration says."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from bongsu import _core, _dictionary, _mask, _settings
from bongsu._handler import Handler, handler_of
from bongsu._settings import Asked
from bongsu._trouble import went


class _Lowered(int):
    """A level that the root logger has for the log home alone: another object than the level that a program sets."""


class Handlers:
    """The configuration of a log home, and the handlers that follow from it."""

    def __init__(self, asked: Asked, tell: bool) -> None:
        settings, dictionary = _settings.read(asked)
        self.asked = asked
        self.settings = settings
        self.path = os.fspath(settings.home)
        self.root_level = logging.getLogger().level
        self.common: list[Handler] = []
        self.files: dict[str, Handler] = {}
        self.attached: list[tuple[logging.Logger, Handler]] = []
        self.shipper: _core.Shipper | None = None
        # What loggers of `get_logger` were asked to begin at.
        self.wanted: dict[str, int] = {}
        self._kinds: list[tuple[Handler, str]] = []
        self._levels: list[tuple[logging.Logger, int]] = []
        self._least = logging.DEBUG
        self._lowered: _Lowered | None = None
        settings.make_home(tell)
        if dictionary is not None:
            _dictionary.apply(dictionary)
            of_root = _dictionary.root_level(dictionary)
            self._least = logging.DEBUG if of_root is None else of_root
        self._open()

    def _open(self) -> None:
        settings = self.settings
        console = settings.console()
        if console is not None:
            self.common.append(self._made(console, "console"))
        self.common.append(self._made(settings.application(), "application"))
        self.common.append(self._made(settings.error(), "error"))
        files = settings.level_files()
        if files is not None:
            self.common.append(handler_of(files, logging.NOTSET))
        self.shipper = settings.shipper()
        if self.shipper is not None:
            self.common.append(handler_of(self.shipper.sink(), self.shipper.level))

    def _made(self, sink: _core.Sink, kind: str) -> Handler:
        handler = handler_of(sink, self._level(kind))
        self._kinds.append((handler, kind))
        return handler

    def _level(self, kind: str) -> int:
        own = self.asked.console_level if kind == "console" else None
        return self.settings.handler_level(kind) if own is None else own

    def add(self) -> None:
        """Has every logger write here, with the levels, the masks and the time zone of the configuration."""
        self.settings.use_zone()
        self._take()
        self.put_back()

    def put_back(self) -> None:
        """Has the handlers on their loggers, where others may have taken them away. Records come to them in any case."""
        if self.asked.unseen is None:
            for handler in self.common:
                logging.getLogger().addHandler(handler)
        for logger, handler in self.attached:
            logger.addHandler(handler)
        self._route()

    def _route(self) -> None:
        lowered = None if self._lowered is None or self.asked.unseen is None else (self._lowered, self.asked.unseen)
        common = [(handler, handler.is_console) for handler in self.common]
        _core.route(common, self.attached, self.settings.private, lowered)

    def refresh(self) -> list[str]:
        """Reads the configuration anew and takes its levels and masks; the keys that need a restart."""
        newer, _ = _settings.read(self.asked)
        restart = self.settings.refresh(newer)
        self._give_back()
        self._take()
        for handler, kind in self._kinds:
            handler.setLevel(self._level(kind))
        self._route()
        return restart

    def _take(self) -> None:
        """Has levels and masks be as the configuration says."""
        effective: dict[str, Any] = json.loads(self.settings.effective())
        _mask.configure(effective["mask"])
        for name, number in effective.get("levels", {}).items():
            # Names that the program gave stay as it wrote them.
            if number not in vars(logging)["_levelToName"] and name != f"LEVEL_{number}":
                logging.addLevelName(number, name)
        for name, number in self.settings.logger_levels():
            logger = logging.getLogger(name)
            self._levels.append((logger, logger.level))
            logger.setLevel(number)
        least = self._least if self.settings.level is None else self.settings.level
        self._begin_at(least if self.asked.level is None else self.asked.level)

    def _begin_at(self, level: int) -> None:
        """Gives the root logger its level, unless the program has set one that the home had lowered."""
        root = logging.getLogger()
        if self.asked.unseen is not None:
            if self._lowered is not None and root.level is not self._lowered:
                return
            level = self._lowered = _Lowered(level)
        root.setLevel(level)

    def _give_back(self) -> None:
        """Has loggers be at the levels that they had before."""
        for logger, level in reversed(self._levels):
            logger.setLevel(level)
        self._levels.clear()

    def remove(self) -> None:
        """Takes the handlers from all loggers and writes what waits; levels are as they were."""
        root = logging.getLogger()
        _core.route()
        for logger, handler in self.attached:
            logger.removeHandler(handler)
        for handler in self.common:
            root.removeHandler(handler)
        for handler in (*self.common, *self.files.values()):
            handler.close()
        if self.shipper is not None:
            self.shipper.shutdown()
        self._give_back()
        root.setLevel(self.root_level)
        _core.use_zone()

    def flush(self) -> None:
        """Everything that was logged is in its files, as far as they can be written."""
        for handler in (*self.common, *self.files.values()):
            went(handler.flush)

    def handlers_of(self, logger: logging.Logger, level: int) -> list[Handler]:
        """The handlers of the log home that a record of a logger comes to, those of loggers above it left out."""
        own = [handler for of, handler in self.attached if of is logger]
        return [handler for handler in (*own, *self.common) if handler.level <= level]

    def level_of(self, name: str, asked: int) -> int:
        """The level of a logger for which the program asks for one."""
        self.wanted[name] = asked
        said = self.settings.level_of(name)
        return asked if said is None else said

    def attach_component(self, logger: logging.Logger, log_file: str | None) -> None:
        """Gives a logger the file of its component, once; none when `app/application.log` is that."""
        found = self.settings.component_path(logger.name, log_file)
        if found is None:
            return
        path = os.fspath(found)
        if path not in self.files:
            self.files[path] = self._made(self.settings.component(logger.name, path), "component")
        self._attach(logger, self.files[path])

    def attach_performance(self, logger: logging.Logger, component: str) -> None:
        """Gives a logger of durations its file, once."""
        path = os.fspath(self.settings.performance_path(component))
        if path not in self.files:
            self.files[path] = self._made(self.settings.performance(path), "performance")
        self._attach(logger, self.files[path])

    def _attach(self, logger: logging.Logger, handler: Handler) -> None:
        if (logger, handler) not in self.attached:
            logger.addHandler(handler)
            self.attached.append((logger, handler))
            self._route()
