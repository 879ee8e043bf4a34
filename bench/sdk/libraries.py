"""The libraries that are measured, each set up the same: one file, rotated at so many bytes, five older ones kept.

`setup(folder, layout)` opens the log; a layout is `plain` (time, level, logger, message), `place` (with the caller's file, line
and function) or `json`. What a library cannot do is `None`, and its cell stays empty.
"""

from __future__ import annotations

import functools
import json
import os
import time
import traceback

BACKUPS = 5
PLAIN = "[%(asctime)s] %(levelname)-8s %(name)-15s | %(message)s"
PLACE = "[%(asctime)s] %(levelname)-8s %(name)-15s %(funcName)-20s L%(lineno)3d | %(message)s"
DATE = "%Y-%m-%d %H:%M:%S"


class Library:
    """One library. `style` is how its messages take arguments: `percent`, `brace`, or `ready` (none, the caller formats)."""

    style = "percent"
    cases = frozenset(("plain", "place", "threads", "off", "exception", "json", "crash", "fork"))

    def __init__(self, folder: str, layout: str, rotate: int) -> None:
        self.path = os.path.join(folder, "log.log")
        self.setup(folder, layout, rotate)

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        """Opens the log."""
        raise NotImplementedError

    def fields(self, number: int) -> None:
        """Logs a record with five fields."""
        self.info("req %d user=%s", number, "bob", extra=extras(number))

    def close(self) -> None:
        """Everything is in the file when this is back."""


def extras(number: int) -> dict[str, object]:
    return {"user": "bob", "page": number, "ratio": 0.5, "ok": True, "host": "web-1"}


class Json:
    """A formatter for `logging` that writes an object a line."""

    converter = time.localtime

    def format(self, record: object) -> str:
        values = vars(record)
        line = {"time": time.strftime(DATE, self.converter(values["created"])), "level": values["levelname"]}
        line |= {"name": values["name"], "message": record.getMessage()}
        line |= {name: values[name] for name in ("user", "page", "ratio", "ok", "host") if name in values}
        return json.dumps(line)


class Logging(Library):
    """The standard library."""

    cases = Library.cases | {"decorator"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging
        import logging.handlers

        handler = logging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        formatter = logging.Formatter(PLACE if layout == "place" else PLAIN, DATE)
        handler.setFormatter(Json() if layout == "json" else formatter)
        self.logger = logging.getLogger("bench")
        self.logger.propagate = False
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(handler)
        self.info, self.debug, self.exception = self.logger.info, self.logger.debug, self.logger.exception
        self.close = logging.shutdown

    def decorated(self, function: object) -> object:
        """The three lines of `log_execution`, as a program without it writes them."""
        logger = self.logger

        @functools.wraps(function)
        def called(*args: object, **kwargs: object) -> object:
            logger.info("Starting %s with args: %s kwargs: %s", function.__name__, args, kwargs)
            began = time.perf_counter()
            try:
                result = function(*args, **kwargs)
            except Exception as error:
                logger.error("Failed %s: %s", function.__name__, error)
                logger.debug("Full traceback: %s", traceback.format_exc())
                raise
            took = time.perf_counter() - began
            logger.info("Completed %s in %.3fs with result: %s", function.__name__, took, result)
            logger.info("%s completed in %.3fs | %s", function.__name__, took, json.dumps({"args_count": len(args)}))
            return result

        return called


class Bongsu(Library):
    """bongsu: a handler of its own on one logger of `logging`."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging

        import bongsu

        bongsu.install()
        shape = {"plain": "component", "place": "detailed", "json": "json"}[layout]
        self.handler = bongsu.Handler(self.path, layout=shape, rotation=rotate, retention=BACKUPS)
        self.logger = logging.getLogger("bench")
        self.logger.propagate = False
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self.handler)
        self.info, self.debug, self.exception = self.logger.info, self.logger.debug, self.logger.exception
        self.close = self.handler.flush


class BongsuHome(Library):
    """bongsu as it comes: the default log home, with the console, and the caller's place in the file."""

    cases = frozenset(("place", "threads", "off", "exception", "decorator", "crash", "fork"))

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging

        import bongsu

        bongsu.start(folder)
        self.path = os.path.join(folder, "app", "application.log")
        self.logger = logging.getLogger("bench")
        self.logger.setLevel(logging.INFO)
        self.info, self.debug, self.exception = self.logger.info, self.logger.debug, self.logger.exception
        self.close = bongsu.shutdown

    def decorated(self, function: object) -> object:
        """`log_execution`."""
        import bongsu

        return bongsu.log_execution(component="bench", log_args=True, log_result=True)(function)


class BongsuLogger(Library):
    """bongsu's `logger`, as Loguru's users know it, to the default log home without the console."""

    style = "brace"
    cases = frozenset(("place", "threads", "exception", "crash", "fork"))

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import bongsu

        bongsu.start(folder, console=False)
        self.path = os.path.join(folder, "app", "application.log")
        self.info, self.exception = bongsu.logger.info, bongsu.logger.exception
        self.close = bongsu.shutdown


class Loguru(Library):
    """Loguru, with a sink that rotates."""

    style = "brace"
    enqueue = False

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        from loguru import logger

        logger.remove()
        place = "{function: <20} L{line} | " if layout == "place" else "| "
        line = "[{time:YYYY-MM-DD HH:mm:ss}] {level: <8} {name: <15} " + place + "{message}"
        logger.add(
            self.path, format=line, level="INFO", rotation=rotate, retention=BACKUPS, enqueue=self.enqueue,
            serialize=layout == "json", diagnose=False, backtrace=False,
        )  # fmt: skip
        self.logger = logger
        self.info, self.debug, self.exception = logger.info, logger.debug, logger.exception
        self.close = logger.remove

    def fields(self, number: int) -> None:
        self.logger.bind(**extras(number)).info("req {} user={}", number, "bob")


class LoguruQueue(Loguru):
    """Loguru with `enqueue=True`."""

    cases = Loguru.cases - {"json", "exception"}
    enqueue = True


class Logbook(Library):
    """Logbook."""

    style = "brace"
    cases = Library.cases - {"json"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logbook

        logbook.set_datetime_format("local")
        place = "{record.func_name:<20} L{record.lineno} | " if layout == "place" else "| "
        line = "[{record.time:%Y-%m-%d %H:%M:%S}] {record.level_name:<8} {record.channel:<15} " + place + "{record.message}"
        handler = logbook.RotatingFileHandler(
            self.path, max_size=rotate, backup_count=BACKUPS, format_string=line, level=logbook.INFO
        )
        handler.push_application()
        logger = logbook.Logger("bench", level=logbook.INFO)
        self.info, self.debug, self.exception = logger.info, logger.debug, logger.exception
        self.close = handler.close


class Picologging(Library):
    """picologging."""

    cases = Library.cases - {"json"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import picologging
        import picologging.handlers

        handler = picologging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        handler.setFormatter(picologging.Formatter(PLACE if layout == "place" else PLAIN, DATE))
        logger = picologging.getLogger("bench")
        logger.setLevel(picologging.INFO)
        logger.addHandler(handler)
        self.info, self.debug, self.exception = logger.info, logger.debug, logger.exception
        self.close = handler.flush


class Logxide(Library):
    """logxide."""

    cases = Library.cases - {"json"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        from logxide import logging

        handler = logging.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        handler.setFormatter(logging.Formatter(PLACE if layout == "place" else PLAIN, DATE))
        logger = logging.getLogger("bench")
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.info, self.debug, self.exception = logger.info, logger.debug, logger.exception
        self.close = logging.flush


class Nexuslog(Library):
    """nexuslog: it names its files itself and rotates by the day only."""

    style = "ready"
    cases = frozenset(("plain", "threads", "off", "crash", "fork"))

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import nexuslog

        nexuslog.basicConfig(filename=self.path, level=nexuslog.INFO)
        logger = nexuslog.getLogger("bench")
        self.info, self.debug, self.close = logger.info, logger.debug, logger.shutdown


class Structlog(Library):
    """structlog in front of the standard library's rotating file."""

    cases = frozenset(("plain", "threads", "off", "exception", "json", "crash", "fork"))

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging
        import logging.handlers

        import structlog

        handler = logging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        root.addHandler(handler)
        shown = structlog.processors.JSONRenderer() if layout == "json" else structlog.processors.KeyValueRenderer(["event"])
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.add_log_level,
                structlog.stdlib.PositionalArgumentsFormatter(),
                structlog.processors.TimeStamper(fmt=DATE, utc=False),
                structlog.processors.format_exc_info,
                shown,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        )
        self.logger = structlog.get_logger("bench")
        self.info, self.debug, self.exception = self.logger.info, self.logger.debug, self.logger.exception
        self.close = logging.shutdown

    def fields(self, number: int) -> None:
        self.logger.info("req %d user=%s", number, "bob", **extras(number))


LIBRARIES: dict[str, type[Library]] = {
    "bongsu": Bongsu,
    "bongsu home": BongsuHome,
    "bongsu.logger": BongsuLogger,
    "logging": Logging,
    "loguru": Loguru,
    "loguru enqueue": LoguruQueue,
    "logbook": Logbook,
    "structlog": Structlog,
    "picologging": Picologging,
    "logxide": Logxide,
    "nexuslog": Nexuslog,
}
# What has to be installed for them.
PACKAGES = ("loguru", "logbook", "structlog", "picologging", "logxide", "nexuslog")
