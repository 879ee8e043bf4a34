"""The handlers of a log home, as its configuration says."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from bongsu import _core, _mask, _settings
from bongsu._handler import Handler, handler_of
from bongsu._settings import Asked


class Handlers:
    """The configuration of a log home, and the handlers that follow from it."""

    def __init__(self, asked: Asked, tell: bool) -> None:
        settings, dictionary = _settings.read(asked)
        self.settings = settings
        self.path = os.fspath(settings.home)
        self.root_level = logging.getLogger().level
        self.common: list[Handler] = []
        self.files: dict[str, Handler] = {}
        self.attached: list[tuple[logging.Logger, Handler]] = []
        self.shipper: _core.Shipper | None = None
        self._levels: list[tuple[logging.Logger, int]] = []
        settings.make_home(tell)
        least = logging.DEBUG
        if dictionary is not None:
            # Only now: it costs an import that few programs need.
            from bongsu import _dictionary

            _dictionary.apply(dictionary)
            of_root = _dictionary.root_level(dictionary)
            least = least if of_root is None else of_root
        if settings.level is not None:
            least = settings.level
        self._least = least if asked.level is None else asked.level
        self._open(asked)

    def _open(self, asked: Asked) -> None:
        settings = self.settings
        level = settings.handler_level
        console = settings.console()
        if console is not None:
            least = level("console") if asked.console_level is None else asked.console_level
            self.common.append(handler_of(console, least))
        self.common.append(handler_of(settings.application(), level("application")))
        self.common.append(handler_of(settings.error(), level("error")))
        files = settings.level_files()
        if files is not None:
            self.common.append(handler_of(files, logging.NOTSET))
        self.shipper = settings.shipper()
        if self.shipper is not None:
            self.common.append(handler_of(self.shipper.sink(), self.shipper.level))

    def add(self) -> None:
        """Has every logger write here, with the levels, the masks and the time zone of the configuration."""
        root = logging.getLogger()
        self.settings.use_zone()
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
        for handler in self.common:
            root.addHandler(handler)
        root.setLevel(self._least)

    def remove(self) -> None:
        """Takes the handlers from all loggers and writes what waits; levels are as they were."""
        root = logging.getLogger()
        for logger, handler in self.attached:
            logger.removeHandler(handler)
        for handler in self.common:
            root.removeHandler(handler)
        for handler in (*self.common, *self.files.values()):
            handler.close()
        if self.shipper is not None:
            self.shipper.shutdown()
        for logger, level in self._levels:
            logger.setLevel(level)
        root.setLevel(self.root_level)
        _core.use_zone()

    def flush(self) -> None:
        """Everything that was logged is in its files."""
        for handler in (*self.common, *self.files.values()):
            handler.flush()

    def level_of(self, name: str, asked: int) -> int:
        """The level of a logger for which the program asks for one."""
        said = self.settings.level_of(name)
        return asked if said is None else said

    def attach_component(self, logger: logging.Logger, log_file: str | None) -> None:
        """Gives a logger the file of its component, once; none when `app/application.log` is that."""
        found = self.settings.component_path(logger.name, log_file)
        if found is None:
            return
        path = os.fspath(found)
        if path not in self.files:
            level = self.settings.handler_level("component")
            self.files[path] = handler_of(self.settings.component(logger.name, path), level)
        self._attach(logger, self.files[path])

    def attach_performance(self, logger: logging.Logger, component: str) -> None:
        """Gives a logger of durations its file, once."""
        path = os.fspath(self.settings.performance_path(component))
        if path not in self.files:
            level = self.settings.handler_level("performance")
            self.files[path] = handler_of(self.settings.performance(path), level)
        self._attach(logger, self.files[path])

    def _attach(self, logger: logging.Logger, handler: Handler) -> None:
        if handler not in logger.handlers:
            logger.addHandler(handler)
            self.attached.append((logger, handler))
