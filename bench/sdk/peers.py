"""The other libraries, each as its documentation sets it up for a file that rotates."""

from __future__ import annotations

from typing import Any

from library import BACKUPS, DATE, PLACE, PLAIN, Json, Library, extras


class Logging(Library):
    """The standard library."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging
        import logging.handlers

        handler = logging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        formatter: Any = Json() if layout == "json" else logging.Formatter(PLACE if layout == "place" else PLAIN, DATE)
        handler.setFormatter(formatter)
        logger = logging.getLogger("bench")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.by(logger, logging.shutdown)


class Loguru(Library):
    """Loguru, with a sink that rotates; JSON is its own (`serialize=True`)."""

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
        self.by(logger, logger.remove)

    def fields(self, number: int) -> None:
        self.logger.bind(**extras(number)).info("req {} user={}", number, "bob")


class LoguruQueue(Loguru):
    """Loguru with `enqueue=True`."""

    enqueue = True


class Logbook(Library):
    """Logbook."""

    style = "brace"

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logbook

        logbook.set_datetime_format("local")
        place = "{record.func_name:<20} L{record.lineno} | " if layout == "place" else "| "
        line = (
            "[{record.time:%Y-%m-%d %H:%M:%S}] {record.level_name:<8} {record.channel:<15} "
            + place
            + "{record.message}"
        )
        handler = logbook.RotatingFileHandler(
            self.path, max_size=rotate, backup_count=BACKUPS, format_string=line, level=logbook.INFO
        )
        if layout == "json":
            handler.formatter = self.json
        handler.push_application()
        self.by(logbook.Logger("bench", level=logbook.INFO), handler.close)

    @staticmethod
    def json(record: Any, handler: object) -> str:
        """A formatter such as its users write, of the same object as that for `logging`."""
        import json

        line = {"time": record.time.strftime(DATE), "level": record.level_name, "name": record.channel}
        return json.dumps(line | {"message": record.message} | record.extra)

    def fields(self, number: int) -> None:
        self.logger.info("req {} user={}", number, "bob", extra=extras(number))


class Structlog(Library):
    """structlog in front of the standard library's rotating file: it renders, `logging` writes."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logging
        import logging.handlers

        import structlog

        handler = logging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        root.addHandler(handler)
        shown: list[str] = ["timestamp", "level", "event"]
        place: list[Any] = []
        if layout == "place":
            parameters = structlog.processors.CallsiteParameter
            place = [structlog.processors.CallsiteParameterAdder([parameters.FUNC_NAME, parameters.LINENO])]
            shown = ["timestamp", "level", "func_name", "lineno", "event"]
        renderer: Any = structlog.processors.KeyValueRenderer(key_order=shown)
        if layout == "json":
            renderer = structlog.processors.JSONRenderer()
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt=DATE, utc=False),
                structlog.processors.format_exc_info,
                *place,
                renderer,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=True,
        )
        # Without the proxy, as its page on performance says.
        self.by(structlog.get_logger("bench").bind(), logging.shutdown)

    def fields(self, number: int) -> None:
        self.logger.info("req %d user=%s", number, "bob", **extras(number))


class Picologging(Library):
    """picologging."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import picologging
        import picologging.handlers

        handler = picologging.handlers.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        formatter: Any = (
            Json() if layout == "json" else picologging.Formatter(PLACE if layout == "place" else PLAIN, DATE)
        )
        handler.setFormatter(formatter)
        logger = picologging.getLogger("bench")
        logger.setLevel(picologging.INFO)
        logger.addHandler(handler)
        self.by(logger, handler.flush)


class Logxide(Library):
    """logxide; with JSON its own formatter, and fields given as it documents them."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import logxide

        logging: Any = logxide.logging
        handler = logging.RotatingFileHandler(self.path, maxBytes=rotate, backupCount=BACKUPS)
        formatter: Any = Json() if layout == "json" else logging.Formatter(PLACE if layout == "place" else PLAIN, DATE)
        handler.setFormatter(formatter)
        logger = logging.getLogger("bench")
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.by(logger, logging.flush)


class Nexuslog(Library):
    """nexuslog: it names its files itself and rotates by the day only."""

    style = "ready"
    lacks = {"place": "no caller", "exception": "no traceback", "json": "no fields"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import nexuslog

        nexuslog.basicConfig(filename=self.path, level=nexuslog.INFO)
        logger = nexuslog.getLogger("bench")
        self.by(logger, logger.shutdown)
