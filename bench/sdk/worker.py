"""One measurement in a process of its own: `worker.py LIBRARY CASE COUNT ROTATE FOLDER RESULT`; the result is a JSON file."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from check import WARM_UP
from library import Library

THREADS = 4
FRAMES = 11
BREATH = 0.05
"""Seconds after which a fork follows another whose child has not ended."""
WAITED = 10.0
"""Seconds that all children have after the last fork: on a busy machine one that does not hang may take more than one."""


def percent(log: Library, numbers: range) -> None:
    """`%` arguments."""
    logger = log.logger
    for number in numbers:
        logger.info("req %d user=%s", number, "bob")


def brace(log: Library, numbers: range) -> None:
    """`{}` arguments."""
    logger = log.logger
    for number in numbers:
        logger.info("req {} user={}", number, "bob")


def ready(log: Library, numbers: range) -> None:
    """No arguments: the caller formats."""
    logger = log.logger
    for number in numbers:
        logger.info(f"req {number} user=bob")


STYLES = {"percent": percent, "brace": brace, "ready": ready}


def plain(log: Library, numbers: range) -> None:
    """Plain records."""
    STYLES[log.style](log, numbers)


def threads(log: Library, numbers: range) -> None:
    """Plain records of four threads."""
    share = len(numbers) // THREADS
    work = [threading.Thread(target=plain, args=(log, numbers[at * share : (at + 1) * share])) for at in range(THREADS)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def off(log: Library, numbers: range) -> None:
    """Records below the level."""
    logger = log.logger
    if log.style == "ready":
        for number in numbers:
            logger.debug(f"req {number} user=bob")
        return
    text = "req {} user={}" if log.style == "brace" else "req %d user=%s"
    for number in numbers:
        logger.debug(text, number, "bob")


def exception(log: Library, numbers: range) -> None:
    """Records with a traceback of eleven frames."""
    text = "req {} user={}" if log.style == "brace" else "req %d user=%s"
    try:
        first(FRAMES - 1)
    except ValueError:
        for number in numbers:
            log.logger.exception(text, number, "bob")


def first(depth: int) -> None:
    """One of three functions that call each other, so that the frames are not all the same."""
    if depth == 1:
        raise ValueError("no such film")
    (second if depth % 2 else third)(depth - 1)


def second(depth: int) -> None:
    """Another."""
    if depth == 1:
        raise ValueError("no such film")
    (first if depth % 3 else third)(depth - 1)


def third(depth: int) -> None:
    """The last."""
    if depth == 1:
        raise ValueError("no such film")
    (first if depth % 2 else second)(depth - 1)


def fields(log: Library, numbers: range) -> None:
    """Records with five fields."""
    for number in numbers:
        log.fields(number)


def decorator(log: Library, numbers: range) -> None:
    """Calls of a function that logs three lines."""
    function = log.decorated(add)
    for number in numbers:
        function(number, 2)


def add(left: int, right: int) -> int:
    """What is called."""
    return left + right


CASES = {
    "plain": plain,
    "place": plain,
    "threads": threads,
    "off": off,
    "exception": exception,
    "json": fields,
    "decorator": decorator,
}
LAYOUTS = {"place": "place", "exception": "place", "json": "json"}


def timed(log: Library, case: str, count: int) -> dict[str, object]:
    """CPU time of the whole process for one record, from the first call until all are in the file."""
    CASES[case](log, range(WARM_UP, WARM_UP + max(8, count // 50)))
    began = time.process_time_ns()
    CASES[case](log, range(count))
    log.close()
    return {"cpu_ns": (time.process_time_ns() - began) / count}


def fork(log: Library, children: int) -> dict[str, object]:
    """Forks while a thread logs; each child logs one record and ends. How many never did."""
    stop = threading.Event()

    def busy() -> None:
        number = WARM_UP
        while not stop.is_set():
            plain(log, range(number, number + 10))
            number += 10

    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    running: set[int] = set()
    for number in range(children):
        child = os.fork()
        if child == 0:
            plain(log, range(number, number + 1))
            log.close()
            os._exit(0)
        running.add(child)
        wait(running, BREATH)
    stop.set()
    thread.join(5)
    wait(running, WAITED)
    for child in running:
        os.kill(child, signal.SIGKILL)
    return {"hung": len(running)}


def wait(running: set[int], seconds: float) -> None:
    """Waits until all children have ended, so many seconds at the most, and leaves those that have not."""
    until = time.monotonic() + seconds
    while running and time.monotonic() < until:
        running -= {child for child in running if os.waitpid(child, os.WNOHANG)[0]}
        time.sleep(0.001)


def main(given: Sequence[str], libraries: Mapping[str, type[Library]]) -> None:
    """Measures what the command line asks for."""
    name, case, count, rotate, folder, result = given
    log = libraries[name](folder, LAYOUTS.get(case, "plain"), int(rotate))
    if case == "crash":
        plain(log, range(int(count)))
        os.kill(os.getpid(), signal.SIGKILL)
    elif case == "fork":
        told = fork(log, int(count))
    elif case == "reopen":
        # What a library makes whole when it starts anew.
        log.close()
        told = {}
    else:
        told = timed(log, case, int(count))
    with open(result, "w", encoding="utf-8") as file:
        json.dump(told | {"path": log.path}, file)
    if case == "fork":
        os._exit(0)


if __name__ == "__main__":
    from libraries import LIBRARIES

    main(sys.argv[1:], LIBRARIES)
