"""One measurement in a process of its own: `worker.py LIBRARY CASE COUNT ROTATE FOLDER RESULT`; the result is a JSON file."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

from libraries import LIBRARIES, Library

THREADS = 4
CHILDREN = 60
FRAMES = 10


def percent(log: Library, first: int, last: int) -> None:
    info = log.info
    for number in range(first, last):
        info("req %d user=%s", number, "bob")


def brace(log: Library, first: int, last: int) -> None:
    info = log.info
    for number in range(first, last):
        info("req {} user={}", number, "bob")


def ready(log: Library, first: int, last: int) -> None:
    info = log.info
    for number in range(first, last):
        info(f"req {number} user=bob")


STYLES = {"percent": percent, "brace": brace, "ready": ready}


def plain(log: Library, count: int) -> None:
    STYLES[log.style](log, 0, count)


def threads(log: Library, count: int) -> None:
    share = count // THREADS
    work = [
        threading.Thread(target=STYLES[log.style], args=(log, at * share, (at + 1) * share)) for at in range(THREADS)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def off(log: Library, count: int) -> None:
    debug = log.debug
    if log.style == "ready":
        for number in range(count):
            debug("req 1 user=bob")
        return
    text = "req {} user={}" if log.style == "brace" else "req %d user=%s"
    for number in range(count):
        debug(text, number, "bob")


def exception(log: Library, count: int) -> None:
    text = "req {} user={}" if log.style == "brace" else "req %d user=%s"
    try:
        # Eleven frames in all.
        first(FRAMES - 1)
    except ValueError:
        for number in range(count):
            log.exception(text, number, "bob")


def first(depth: int) -> None:
    if depth == 1:
        raise ValueError("no such film")
    (second if depth % 2 else third)(depth - 1)


def second(depth: int) -> None:
    if depth == 1:
        raise ValueError("no such film")
    (first if depth % 3 else third)(depth - 1)


def third(depth: int) -> None:
    if depth == 1:
        raise ValueError("no such film")
    (first if depth % 2 else second)(depth - 1)


def fields(log: Library, count: int) -> None:
    for number in range(count):
        log.fields(number)


def decorator(log: Library, count: int) -> None:
    function = log.decorated(add)
    for number in range(count):
        function(number, 2)


def add(left: int, right: int) -> int:
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


def crash(log: Library, count: int) -> None:
    """Writes `count` records and dies at once."""
    plain(log, count)
    os.kill(os.getpid(), signal.SIGKILL)


def fork(log: Library) -> dict[str, int]:
    """Forks while a thread logs; each child logs one record and ends. How many never did."""
    stop = threading.Event()

    def busy() -> None:
        number = 1_000_000
        while not stop.is_set() and number < 3_000_000:
            STYLES[log.style](log, number, number + 10)
            number += 10

    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    hung = 0
    for number in range(CHILDREN):
        child = os.fork()
        if child == 0:
            STYLES[log.style](log, number, number + 1)
            log.close()
            os._exit(0)
        hung += not ended(child)
    stop.set()
    thread.join(5)
    return {"hung": hung}


def ended(child: int) -> bool:
    until = time.monotonic() + 2
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def main() -> None:
    name, case, count, rotate, folder, result = sys.argv[1:]
    log = LIBRARIES[name](folder, LAYOUTS.get(case, "plain"), int(rotate))
    if case == "crash":
        crash(log, int(count))
    elif case == "fork":
        told: dict[str, object] = fork(log)
    elif case == "reopen":
        # What a library makes whole when it starts anew.
        log.close()
        told = {}
    else:
        CASES[case](log, max(8, int(count) // 50))
        began = time.process_time_ns()
        CASES[case](log, int(count))
        log.close()
        told = {"micros": (time.process_time_ns() - began) / 1000 / int(count)}
    told["path"] = log.path
    with open(result, "w", encoding="utf-8") as file:
        json.dump(told, file)
    sys.stdout.flush()
    if case == "fork":
        os._exit(0)


if __name__ == "__main__":
    main()
