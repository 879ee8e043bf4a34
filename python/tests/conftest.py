"""What the tests share."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bongsu

Lines = Callable[[str], list[str]]

# What nobody catches, in a thread, in an object's end and in a task, and a warning.
UNCAUGHT = """
import asyncio, gc, threading, warnings
def work(): raise KeyError("in a thread")
thread = threading.Thread(target=work, name="worker")
thread.start(); thread.join()
warnings.warn("old", DeprecationWarning)
class Odd:
    def __del__(self): raise OSError("in the end")
odd = Odd(); del odd
async def fail(): raise LookupError("in a task")
async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0.01)
    del task
    gc.collect()
asyncio.run(main())
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A started log home without a console; afterwards `logging` is as it was."""
    path = tmp_path / "logs"
    bongsu.start(path, console=False)
    yield path
    bongsu.shutdown()
    bongsu.uninstall()
    logging.disable(logging.NOTSET)


@pytest.fixture
def lines(home: Path) -> Lines:
    """The lines of a file of the log home, everything written."""

    def read(name: str) -> list[str]:
        for handler in logging.getLogger().handlers:
            handler.flush()
        for logger in logging.Logger.manager.loggerDict.values():
            for handler in getattr(logger, "handlers", ()):
                handler.flush()
        path = home / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    return read


def run(code: str, *args: str, timeout: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a new interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent), **variables}
    environment.pop("PYTHONUNBUFFERED", None)
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=timeout, env=environment, check=False
    )


def wait_for(what: Callable[[], bool]) -> None:
    """Returns once it is so; fails when it does not come."""
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.005)


def counted(action: Callable[[], object]) -> dict[str, int]:
    """What the counters say of one action; those that did not move are left out."""
    before = bongsu.stats()
    action()
    after = bongsu.stats()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
