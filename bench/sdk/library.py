"""What each library is measured by."""

from __future__ import annotations

import functools
import json
import os
import time
import traceback
from collections.abc import Callable
from typing import Any

BACKUPS = 5
PLAIN = "[%(asctime)s] %(levelname)-8s %(name)-15s | %(message)s"
PLACE = "[%(asctime)s] %(levelname)-8s %(name)-15s %(funcName)-20s L%(lineno)3d | %(message)s"
DATE = "%Y-%m-%d %H:%M:%S"
STARTING = "Starting %s with args: %s kwargs: %s"
COMPLETED = "Completed %s in %.3fs with result: %s"
PERFORMANCE = "%s completed in %.3fs | %s"


class Library:
    """One library, set up the same as the others: one file, rotated at so many bytes, five older ones kept.

    A layout is `plain` (time of day, level, logger, message), `place` (with the caller's function and line) or `json`.
    """

    style = "percent"
    """How its messages take arguments: `percent`, `brace`, or `ready` (none, the caller formats)."""
    lacks: dict[str, str] = {}
    """Cases that it has not, and why."""
    file = "log.log"

    def __init__(self, folder: str, layout: str, rotate: int) -> None:
        self.path = os.path.join(folder, self.file)
        self.setup(folder, layout, rotate)

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        """Opens the log, and says with `by` what is called."""
        raise NotImplementedError

    def by(self, logger: Any, close: Callable[[], object]) -> None:
        """Logs with the methods `info`, `debug` and `exception` of `logger`. Everything is in the file when `close` is back."""
        self.logger, self.close = logger, close

    def fields(self, number: int) -> None:
        """Logs a record with five fields."""
        self.logger.info("req %d user=%s", number, "bob", extra=extras(number))

    def decorated(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Logs start, end and duration of the function's calls, as programs do it by hand."""
        start, end, performance = (self._template(text) for text in (STARTING, COMPLETED, PERFORMANCE))

        @functools.wraps(function)
        def called(*args: object, **kwargs: object) -> object:
            start(function.__name__, args, kwargs)
            began = time.perf_counter()
            try:
                result = function(*args, **kwargs)
            except Exception as error:
                self.logger.info(f"Failed {function.__name__}: {error}\n{traceback.format_exc()}")
                raise
            took = time.perf_counter() - began
            end(function.__name__, took, result)
            performance(function.__name__, took, json.dumps({"args_count": len(args), "kwargs_count": len(kwargs)}))
            return result

        return called

    def _template(self, text: str) -> Callable[..., object]:
        """`info` with a text whose arguments are given as this library takes them."""
        if self.style == "ready":
            return lambda *values: self.logger.info(text % values)
        taken = text.replace("%.3f", "{:.3f}").replace("%s", "{}") if self.style == "brace" else text
        return lambda *values: self.logger.info(taken, *values)


def extras(number: int) -> dict[str, object]:
    """Five fields."""
    return {"user": "bob", "page": number, "ratio": 0.5, "ok": True, "host": "web-1"}


class Json:
    """A formatter that writes an object a line, as programs write one for `logging`."""

    def format(self, record: Any) -> str:
        """The line."""
        values = vars(record)
        line = {"time": time.strftime(DATE, time.localtime(record.created)), "level": record.levelname}
        line |= {"name": record.name, "message": record.getMessage()}
        line |= {name: values[name] for name in ("user", "page", "ratio", "ok", "host") if name in values}
        return json.dumps(line)
