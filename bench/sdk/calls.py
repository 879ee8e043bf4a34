"""What one call costs, in one process: `python bench/sdk/calls.py [NAME…] > /dev/null`, figures on standard error.

CPU time of the process a call, in nanoseconds, the loop's own taken off: the median of many short rounds, and the least. What a
peer's own pipeline takes is measured beside it, in turns, and taken off too.
"""

from __future__ import annotations

import logging
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bongsu
from library import extras

ROUNDS = int(os.environ.get("ROUNDS", "25"))
Work = Callable[[int], Any]


def nothing(count: int) -> None:
    for _ in range(count):
        pass


def calls(info: Callable[..., Any]) -> Work:
    def work(count: int) -> None:
        for number in range(count):
            info("req %d user=%s", number, "bob")

    return work


def five(info: Callable[..., Any]) -> Work:
    def work(count: int) -> None:
        for number in range(count):
            info("req %d user=%s", number, "bob", extra=extras(number))

    return work


def made(count: int) -> None:
    for number in range(count):
        extras(number)


def four(work: Work) -> Work:
    def share(count: int) -> None:
        threads = [threading.Thread(target=work, args=(count // 4,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return share


def runs(function: Callable[..., Any], *args: Any) -> Work:
    def work(count: int) -> None:
        for _ in range(count):
            function(*args)

    return work


def took(work: Work, count: int) -> float:
    begun = time.process_time_ns()
    work(count)
    return (time.process_time_ns() - begun) / count


def show(name: str, work: Work, beside: Work = nothing, count: int = 20_000) -> None:
    if sys.argv[1:] and not any(wanted in name for wanted in sys.argv[1:]):
        return
    work(count // 10)
    rounds = [(took(beside, count), took(work, count)) for _ in range(ROUNDS)]
    median = statistics.median(with_it - without for without, with_it in rounds)
    least = min(with_it for _, with_it in rounds) - min(without for without, _ in rounds)
    print(f"{name:34} {median:7.0f} {least:7.0f}", file=sys.stderr)


class Nothing(logging.Handler):
    """What is paid before any handler."""

    def handle(self, record: logging.LogRecord) -> bool:
        return True


def plain(home: Path) -> None:
    logger = logging.getLogger("plain")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    for name, handler in (("logging, no handler", Nothing()), ("plain handler", bongsu.Handler(home / "plain.log"))):
        logger.handlers[:] = [handler]
        show(name, calls(logger.info), count=5_000)
    logger.handlers[:] = [bongsu.Handler(home / "component.log", layout="component")]
    bongsu.install()
    show("no caller", calls(logger.info))
    show("level off", calls(logger.debug))
    logger.handlers[:] = [bongsu.Handler(home / "records.json", layout="json")]
    show("json", calls(logger.info))
    show("json, five extras", five(logger.info), made)


def default_home() -> None:
    logger = logging.getLogger("app")
    show("default home", calls(logger.info))
    show("4 threads", four(calls(logger.info)))


def bare(left: int, right: int = 2) -> int:
    return left


def search(query: str, page: int, api_key: str) -> str:
    return query


class Films:
    def bare(self, number: int) -> int:
        return number

    @bongsu.log_execution(component="off", level="CRITICAL")
    def off(self, number: int) -> int:
        return number


def decorators() -> None:
    execution, api = bongsu.log_execution(component="on")(bare), bongsu.log_api_call(search)
    shown = bongsu.log_execution(component="shown", log_args=True, log_result=True)(bare)
    off = bongsu.log_execution(component="off", level="CRITICAL")(bare)
    later = bongsu.log_execution(component="later")(bare)
    later(1)
    logging.getLogger("later").setLevel("CRITICAL")
    errors = bongsu.log_execution(component="errors", level="ERROR")(bare)
    without, films = runs(bare, 1, 3), Films()
    show("log_execution", runs(execution, 1, 3), without, 5_000)
    show("log_execution, args and result", runs(shown, 1, 3), without, 5_000)
    show("log_api_call", runs(api, "fight club", 2, "k-12345678"), runs(search, "fight club", 2, "k"), 5_000)
    show("decorator off", runs(off, 1, 3), without)
    show("decorator off, setLevel", runs(later, 1, 3), without)
    show("decorator off, errors on", runs(errors, 1, 3), without)
    show("decorator off, method", runs(films.off, 1), runs(films.bare, 1))
    logging.disable(logging.CRITICAL)
    show("decorator off, disable", runs(execution, 1, 3), without)
    logging.disable(logging.NOTSET)


def peers() -> None:
    import loguru
    import structlog

    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    def structured(last: Any) -> Work:
        def work(count: int) -> None:
            structlog.configure(processors=[last])
            log = structlog.get_logger()
            for number in range(count):
                log.info("req", i=number, user="bob")

        return work

    def formatted(sink: Any) -> Work:
        def work(count: int) -> None:
            added = loguru.logger.add(sink, format="{message}")
            for number in range(count):
                loguru.logger.info("req {} user={}", number, "bob")
            loguru.logger.remove(added)

        return work

    loguru.logger.remove()
    show("structlog adds", structured(bongsu.StructlogProcessor()), structured(drop), 5_000)
    show("Loguru adds", formatted(bongsu.LoguruSink()), formatted(lambda message: None), 5_000)


def main() -> None:
    home = Path(tempfile.mkdtemp())
    print(f"Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}, median and least ns", file=sys.stderr)
    try:
        plain(home)
        bongsu.start(home / "console")
        default_home()
        bongsu.shutdown()
        bongsu.start(home / "files", console=False)
        decorators()
        peers()
        bongsu.shutdown()
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
