"""bongsu, in each of the ways that a program can use it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from library import BACKUPS, Library, extras

LAYOUTS = {"plain": "component", "place": "detailed", "json": "json"}
PLACE_ALWAYS = {"plain": "see with caller", "json": "see bongsu"}


class Handler(Library):
    """`bongsu.Handler` on one logger of `logging`, whose methods stay the standard library's: any set-up of `logging`."""

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import bongsu

        self.prepare()
        handler = bongsu.Handler(self.path, layout=LAYOUTS[layout], rotation=rotate, retention=BACKUPS)
        logger = logging.getLogger("bench")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.by(logger, handler.flush)

    def prepare(self) -> None:
        """What is done before the logger is made."""


class Installed(Handler):
    """The same with the quick methods (`bongsu.install()`)."""

    def prepare(self) -> None:
        import bongsu

        bongsu.install()


class Home(Library):
    """bongsu as it comes: the log home with its console (to nowhere), and the caller's place in `app/application.log`."""

    file = "app/application.log"
    lacks = PLACE_ALWAYS
    console = True

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        import bongsu

        bongsu.start(folder, console=self.console, level="INFO")
        self.by(self.made(), bongsu.shutdown)

    def made(self) -> Any:
        """What is logged with."""
        return logging.getLogger("bench")

    def decorated(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`log_execution`: the three lines, secrets looked for in each value."""
        import bongsu

        decorated: Callable[..., Any] = bongsu.log_execution(component="bench", log_args=True, log_result=True)(
            function
        )
        return decorated


class Face(Home):
    """bongsu's `logger`, as Loguru's users know it, to the log home without the console."""

    style = "brace"
    console = False
    lacks = {"plain": "see with caller", "decorator": "see bongsu home"}

    def setup(self, folder: str, layout: str, rotate: int) -> None:
        super().setup(folder, layout, rotate)
        if layout == "json":
            import bongsu

            self.path = os.path.join(folder, Library.file)
            bongsu.logger.remove()
            bongsu.logger.add(self.path, level="INFO", serialize=True, rotation=rotate, retention=BACKUPS)

    def made(self) -> Any:
        import bongsu

        return bongsu.logger

    def fields(self, number: int) -> None:
        self.logger.bind(**extras(number)).info("req {} user={}", number, "bob")


class LoguruSink(Home):
    """The real Loguru with bongsu as its sink."""

    style = "brace"
    console = False
    lacks = {**PLACE_ALWAYS, "decorator": "see bongsu home"}

    def made(self) -> Any:
        import bongsu
        import loguru

        loguru.logger.remove()
        loguru.logger.add(bongsu.LoguruSink(), format="{message}", level="INFO", diagnose=False, backtrace=False)
        return loguru.logger


class StructlogProcessor(Home):
    """The real structlog with bongsu as its last processor."""

    console = False
    lacks = {**PLACE_ALWAYS, "decorator": "see bongsu home"}

    def made(self) -> Any:
        import bongsu
        import structlog

        structlog.configure(
            processors=[bongsu.StructlogProcessor()],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.ReturnLoggerFactory(),
            cache_logger_on_first_use=True,
        )
        return structlog.get_logger().bind()
