"""The log home: its handlers, its loggers, its beginning and its end."""

from __future__ import annotations

import atexit
import copy
import logging
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Literal, cast

from bongsu import _check, _children, _core, _mask, _sigterm, _uncaught
from bongsu._core import BongsuError, Shipper
from bongsu._existing import KeptOn
from bongsu._handlers import Handlers
from bongsu._install import install
from bongsu._levels import level_number
from bongsu._settings import Asked, Config
from bongsu._trouble import seconds_of, tell, went

_SYSTEM = "system"


class _Home(Handlers):
    """A running log home."""

    def __init__(self, asked: Asked, is_inherited: bool) -> None:
        super().__init__(asked, tell=not is_inherited)
        self.process = os.getpid()
        self.is_inherited = is_inherited
        self.ends_at_sigterm = False
        self.kept_on = KeptOn(lambda name: name in given_levels)


_home: _Home | None = None
_lock = threading.RLock()

# Levels that loggers were given here and not by the program itself.
given_levels: dict[str, int] = {}


def start(
    home: str | os.PathLike[str] | None = None,
    *,
    config: Config | None = None,
    console: bool | None = None,
    console_level: int | str | None = None,
    level: int | str | None = None,
    sync: float | str | None = None,
    ship: str | Mapping[str, Any] | Literal[False] | None = None,
    on_sigterm: bool | None = None,
    private: Iterable[str] | None = None,
    uncaught: bool = True,
) -> None:
    """Starts logging: every record of every logger goes to the console, `app/application.log` and `error/error.log`.

    What an argument leaves open, the environment says (`BONGSU_LOG_…`), else the file or the mapping `config`; without it the file
    that `BONGSU_LOG_CONFIG` names, or `bongsu-logging.toml`, `.yaml` or `.json` in the working folder; else the default.

    - `home` is the folder of the logs: `logs`;
    - `config` may be of the standard library's dictionary schema, or an `ini` file of `logging.config`: it is given to
      `logging.config` as it stands, and the log home comes in addition, without its console;
    - `console`, `console_level`: whether there is a console, and its least level (INFO);
    - `level`: the least level of loggers that have none of their own (DEBUG);
    - `sync`: what survives a loss of power: `never`, `interval`, `each`, or all but the last so many seconds;
    - `ship`: the server that records are sent to as well, by its address or as a mapping; `False` for none;
    - `on_sigterm`: whether the signal waits, a quarter of a second at the longest, until lines and the record of the end are in
      their files, unless the program handles it itself;
    - `private`: names of loggers that keep their records to themselves where they do not propagate, those below them included; the
      records of all others come to the log home;
    - `uncaught`: whether warnings and exceptions that nobody catches are logged. They are shown as before, too.

    Starting again in the same home goes on in it. A mistake is a `BongsuError` that names its place and what is accepted.
    """
    begin(Asked.of(home, config, console, console_level, level, sync, ship, on_sigterm, private, uncaught))


def begin(asked: Asked) -> None:
    """Starts logging for its caller, as `start` does."""
    with _lock:
        _take_over()
        if not _goes_on(asked):
            _begin(asked)
            system = _system()
            system.info("Logging started", stacklevel=2)
            home = running()
            if home.ends_at_sigterm and system.isEnabledFor(logging.INFO):
                _sigterm.record_end(home.settings, _SYSTEM, home.handlers_of(system, logging.INFO))


def _system() -> logging.Logger:
    """The logger of the beginning and the end, which a dictionary may have turned off with those that were there before it."""
    system = get_logger(_SYSTEM)
    system.disabled = False
    return system


def inherit() -> None:
    """Goes on in the log home of the process that spawned this one; nothing for any other process."""
    _children.at_end(_flush)
    with _lock:
        _take_over()


def _take_over() -> None:
    """Begins what the process inherited, if nothing has begun."""
    content = _children.inherited()
    if content is None:
        return
    if _home is None:
        _begin(Asked(**content), is_inherited=True)
    elif _home.process != os.getpid():
        _home.is_inherited = True  # a server of forks had begun it when it ran the program's module


def _begin(asked: Asked, is_inherited: bool = False) -> None:
    global _home
    begun = _Home(asked, is_inherited)
    install()
    begun.add()
    if asked.unseen is not None:
        # The program's own handlers need not show that logging begins and ends.
        logging.getLogger(_SYSTEM).propagate = False
    begun.ends_at_sigterm = begun.settings.sigterm and _sigterm.attend()
    if asked.uncaught:
        _uncaught.capture()
    source = begun.settings.source
    config = asked.config if source is None else os.fspath(source)
    _children.hand_down({**vars(asked), "home": begun.path, "config": config})
    _home = begun


def _goes_on(asked: Asked) -> bool:
    """Whether logging runs as it is asked to; an error when it runs otherwise. What was only inherited gives way."""
    if _home is None:
        return False
    elsewhere = asked.home is not None and os.path.abspath(asked.home) != os.path.abspath(_home.path)
    if not elsewhere and not asked.differs(_home.asked):
        _home.put_back()
        return True
    if _home.is_inherited:
        _end_home(_home)
        return False
    raise BongsuError(
        f"logging has already started in {_home.path!r}: call bongsu.shutdown() first, or start before anything is logged"
    )


def get_logger(name: str, log_file: str | None = None, level: int | str = "INFO") -> logging.Logger:
    """The logger `name`, whose records also go to `app/{log_file}`, without one to `app/{name}.log`.

    The same name gives the same logger, one that `logging.getLogger` gives too. The log home is started if it was not. A second
    call with the same level leaves the level as the program has set it meanwhile. A configuration may name another file and
    another level.
    """
    _check.name("get_logger", "name", name, "movies")
    _check.log_file("get_logger", log_file)
    number = level_number(level)
    with _lock:
        home = running()
        logger = logging.getLogger(name)
        if logger is not logging.root or log_file is not None:
            home.attach_component(logger, log_file)
        if logger is logging.root:
            # Every logger goes through it: a level of one component is not for them all.
            return logger
        number = home.level_of(name, number)
        if given_levels.get(name) != number:
            logger.setLevel(number)
        given_levels[name] = number
        return logger


def get_performance_logger(component: str) -> logging.Logger:
    """The logger `performance.{component}`, whose records also go to `performance/{component}_performance.log`."""
    _check.name("get_performance_logger", "component", component, "ratings")
    with _lock:
        home = running()
        timer = _timer(home, component)
        home.attach_performance(timer, component)
        return timer


def timer_at_hand(component: str) -> tuple[logging.Logger, bool]:
    """As `get_performance_logger`, and whether it has its file: one that cannot be opened is told and does not stop the program."""
    with _lock:
        home = running()
        timer = _timer(home, component)
        return timer, went(lambda: home.attach_performance(timer, component))


def _timer(home: _Home, component: str) -> logging.Logger:
    logger = logging.getLogger(f"performance.{component}")
    if logger.level == logging.NOTSET:
        given_levels[logger.name] = home.level_of(logger.name, logging.INFO)
        logger.setLevel(given_levels[logger.name])
    return logger


def log_performance(
    component: str, operation: str, duration: float | timedelta, metadata: Mapping[str, Any] | None = None
) -> None:
    """Records that `operation` took `duration` seconds: `load completed in 0.123s | {"rows":20}`.

    Any number will do (of NumPy, a `Decimal`), and a `timedelta`; one below zero, as clocks that were set back give, is 0. What is no
    duration (`nan`, `None`) or no metadata is told on standard error, and the record is written without it.
    """
    _check.name("log_performance", "component", component, "ratings")
    _check.name("log_performance", "operation", operation, "load")
    frame = sys._getframe(1)
    took = seconds_of(duration)
    message = f"{operation} completed" if took is None else f"{operation} completed in {took:.3f}s"
    values = _metadata(metadata)
    if values:
        message = f"{message} | {_core.json_text(values)}"
    try:
        timer, _ = timer_at_hand(component)
    except (BongsuError, OSError) as error:
        tell(error)
        return
    code = frame.f_code
    _timers.of(timer.name).say(logging.INFO, message, code.co_name, code.co_filename, frame.f_lineno)


_timers = _core.Voices(lambda name: _core.Voice(logging.getLogger(name), 0, None), set(), {})


def _metadata(given: Any) -> dict[str, Any]:
    """Names and values; nothing is none of them."""
    if given is None:
        return {}
    try:
        if isinstance(given, Mapping):
            return dict(cast("Mapping[str, Any]", given))
    except Exception as error:
        tell(BongsuError(f"log_performance(metadata=…): {type(error).__name__} as it was read; the record is without it"))
        return {}
    kind = type(given).__name__
    tell(BongsuError(f'log_performance(metadata=…): metadata takes names and values, such as {{"rows": 20}}, not {kind}'))
    return {}


def reload() -> list[str]:
    """Reads the file and the environment anew, and takes the levels and the masks that they say at once, in every thread.

    Arguments of `start` count before them as they did. Gives the keys whose values are others than at the start and need a
    restart of the program. On an error everything stays as it was.
    """
    global _home
    with _lock:
        home = running()
        # Those whose level the program has changed meanwhile keep it.
        ours = [name for name in home.wanted if given_levels.get(name) == logging.getLogger(name).level]
        restart = home.refresh()
        for name in ours:
            given_levels[name] = home.level_of(name, home.wanted[name])
            logging.getLogger(name).setLevel(given_levels[name])
        # Decorated functions look anew at a home that is another one.
        _home = copy.copy(home)
        return restart


def shipper() -> Shipper | None:
    """What ships the records of the running log home: its counts, its trouble, and how to have all sent now; `None` when nothing is
    shipped.
    """
    return None if _home is None else _home.shipper


def shutdown() -> None:
    """Records the end in `app/system.log`, writes out and sends what waits, and takes our handlers from all loggers.

    Loggers go on as the standard library's; `start` begins anew. Nothing when logging never started.
    """
    with _lock:
        if _home is None:
            return
        _core.forget_last_words()
        if not _home.is_inherited:
            _system().info("Logging stopped")
        _end_home(_home)


def _end_home(home: _Home) -> None:
    global _home
    _home = None
    _children.keep()
    _uncaught.release()
    _sigterm.forget()
    home.kept_on.release()
    if home.asked.unseen is not None:
        logging.getLogger(_SYSTEM).propagate = True
    home.remove()
    _mask.configure(None)
    went(lambda: _core.recover(home.path))


def lock() -> AbstractContextManager[bool]:
    """What guards the log home of this process."""
    return _lock


def running() -> _Home:
    """The log home that runs, started if it was not."""
    if _home is None:
        with _lock:
            _take_over()
    if _home is None:
        start()
    if _home is None:
        raise BongsuError("logging could not be started: call bongsu.start() and see what it says")
    return _home


@atexit.register
def _end() -> None:
    home = _home
    is_first = home is not None and home.process == os.getpid()
    if home is not None and is_first and not home.is_inherited:
        _core.forget_last_words()
        system = logging.getLogger(_SYSTEM)
        system.disabled = False
        system.info("Logging stopped")
    _core.end()
    _flush()
    if home is not None and is_first:
        # Children that ended without a word may have left lines.
        went(lambda: _core.recover(home.path))
        if home.shipper is not None and not home.is_inherited:
            # What is logged later is in the spool for the next start; what a child leaves is sent by its parent.
            home.shipper.flush()


def _flush() -> None:
    home = _home
    if home is not None:
        home.flush()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
_children.at_begin(inherit)
