"""The log home: its handlers, its loggers, its beginning and its end."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from bongsu import _check, _core
from bongsu._core import BongsuError
from bongsu._handler import Handler
from bongsu._install import install
from bongsu._levels import level_number

_SYSTEM = "system"


class _Home:
    """A running log home."""

    def __init__(self, path: str, root_level: int) -> None:
        self.path = path
        self.process = os.getpid()
        self.root_level = root_level
        self.common: list[Handler] = []
        self.files: dict[str, Handler] = {}
        self.attached: list[tuple[logging.Logger, Handler]] = []


_home: _Home | None = None
_lock = threading.RLock()

# Levels that loggers were given here and not by the program itself.
given_levels: dict[str, int] = {}


def start(
    home: str | os.PathLike[str] | None = None,
    *,
    console: bool = True,
    console_level: int | str = "INFO",
    level: int | str = "DEBUG",
    on_sigterm: bool = True,
) -> None:
    """Starts logging: every record of every logger goes to the console, `app/application.log` and `error/error.log`.

    `home` is the folder of the logs: `BONGSU_LOG_DIR`, else `logs`. `level` is the least level of loggers that have none of
    their own, `console_level` that of the console. With `on_sigterm` the signal waits, a quarter of a second at the longest, until
    lines are in their files, unless the program handles it itself. Starting again in the same home does nothing.
    """
    global _home
    with _lock:
        path = _core.make_home(None if home is None else os.fspath(home))
        if _home is not None:
            if home is not None and path != _home.path:
                raise BongsuError(f"logging has already started in {_home.path!r}: call bongsu.shutdown() first")
            return
        root = logging.getLogger()
        started = _Home(path, root.level)
        numbers = (level_number(level), level_number(console_level))
        if console:
            started.common.append(Handler(level=numbers[1]))
        application, error = os.path.join(path, "app", "application.log"), os.path.join(path, "error", "error.log")
        started.common.append(Handler(application, level=logging.DEBUG))
        started.common.append(Handler(error, level=logging.ERROR, retention=10))
        install()
        if on_sigterm:
            _core.drain_on_sigterm()
        for handler in started.common:
            root.addHandler(handler)
        root.setLevel(numbers[0])
        _home = started
        get_logger(_SYSTEM).info("Logging started")


def get_logger(name: str, log_file: str | None = None, level: int | str = "INFO") -> logging.Logger:
    """The logger `name`, whose records also go to `app/{log_file}`, without one to `app/{name}.log`.

    The same name gives the same logger, one that `logging.getLogger` gives too. The log home is started if it was not. A second
    call with the same level leaves the level as the program has set it meanwhile.
    """
    _check.name("get_logger", "name", name, "movies")
    number = level_number(level)
    with _lock:
        home = running()
        path = _core.component_path(home.path, name, log_file)
        logger = logging.getLogger(name)
        if path is not None:
            attach(home, logger, path, "component", 5)
        if given_levels.get(name) != number:
            logger.setLevel(number)
        given_levels[name] = number
        return logger


def get_performance_logger(component: str) -> logging.Logger:
    """The logger `performance.{component}`, whose records also go to `performance/{component}_performance.log`."""
    with _lock:
        home = running()
        logger = logging.getLogger(f"performance.{component}")
        attach(home, logger, _core.performance_path(home.path, component), "performance", 3)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
            given_levels[logger.name] = logging.INFO
        return logger


def log_performance(
    component: str, operation: str, duration: float, metadata: Mapping[str, Any] | None = None
) -> None:
    """Records that `operation` took `duration` seconds: `load completed in 0.123s | {"rows":20}`."""
    _check.name("log_performance", "component", component, "ratings")
    if isinstance(duration, bool) or not isinstance(duration, (int, float)):
        raise BongsuError(f"log_performance(duration={duration!r}): duration takes seconds, such as 1.25")
    message = f"{operation} completed in {duration:.3f}s"
    if metadata:
        message = f"{message} | {_core.json_text(dict(metadata))}"
    get_performance_logger(component).info(message)


def shutdown() -> None:
    """Records the end in `app/system.log`, writes out what waits and takes our handlers from all loggers.

    Loggers go on as the standard library's; `start` begins anew. Nothing when logging never started.
    """
    global _home
    with _lock:
        home, root = _home, logging.getLogger()
        if home is None:
            return
        get_logger(_SYSTEM).info("Logging stopped")
        _home = None
        for logger, handler in home.attached:
            logger.removeHandler(handler)
        for handler in home.common:
            root.removeHandler(handler)
        for handler in (*home.common, *home.files.values()):
            handler.close()
        _core.recover(home.path)
        root.setLevel(home.root_level)


def lock() -> AbstractContextManager[bool]:
    """What guards the log home of this process."""
    return _lock


def running() -> _Home:
    """The log home that runs, started if it was not."""
    if _home is None:
        start()
    if _home is None:
        raise BongsuError("logging could not be started: call bongsu.start() and see what it says")
    return _home


def attach(home: _Home, logger: logging.Logger, path: str, layout: str, retention: int) -> None:
    """Gives a logger a file of its own, once."""
    handler = home.files.get(path)
    if handler is None:
        handler = home.files[path] = Handler(path, layout=layout, retention=retention)
    if handler not in logger.handlers:
        logger.addHandler(handler)
        home.attached.append((logger, handler))


@atexit.register
def _end() -> None:
    home = _home
    is_first = home is not None and home.process == os.getpid()
    if is_first:
        logging.getLogger(_SYSTEM).info("Logging stopped")
    _core.end()
    _flush()
    if home is not None and is_first:
        # Children that ended without a word may have left lines.
        _core.recover(home.path)


def _flush() -> None:
    home = _home
    if home is not None:
        for handler in (*home.common, *home.files.values()):
            handler.flush()


def _in_a_child() -> None:
    """A child of `multiprocessing` ends without `atexit`: it has finalizers of its own."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, _flush, exitpriority=-100)


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        # Its own finalizers are cleared when the child begins; what is registered here runs behind that.
        util.register_after_fork(_in_a_child, _call)


def _call(action: Callable[[], None]) -> None:
    action()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
if "multiprocessing.process" in sys.modules and sys.modules["multiprocessing.process"].parent_process() is not None:
    _in_a_child()
