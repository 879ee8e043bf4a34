"""An engine that is a server: a child process, loaded and asked over HTTP."""

import os
import subprocess
import threading
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from re import Pattern

from engines.base import Engine, EngineError, Load, Sending, Settling, Source
from http_client import Connection, send
from measure import cpu_seconds, folder_bytes, peak_bytes, wait_until_quiet
from questions import Question

_START = 120
"""Seconds that a server has to become ready, and to stop."""


class ServerProcess:
    """A server's process, from its start until it was waited for."""

    def __init__(self, words: list[str], ready: Pattern[str]) -> None:
        """Starts it and waits until it prints a line to standard error in which `ready` finds something."""
        began = time.monotonic()
        self._said: deque[str] = deque(maxlen=20)
        self._found: str | None = None
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._listener = threading.Thread(target=self._listen, args=(ready,), daemon=True)
        self._listener.start()
        self._ready.wait(_START)
        if self._found is None:
            self._process.kill()
            self._process.wait()
            raise EngineError(f"{words[0]} did not become ready:\n{''.join(self._said)}")
        self.found = self._found
        self.open_seconds = time.monotonic() - began

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu(self) -> float:
        """CPU seconds so far."""
        return cpu_seconds(self._process.pid)

    def peak(self) -> int:
        """Most bytes of memory so far."""
        return peak_bytes(self._process.pid)

    def stop(self) -> float:
        """Asks it to end and waits; its CPU seconds in all."""
        self._process.terminate()
        killer = threading.Timer(_START, self._process.kill)
        killer.start()
        _, status, usage = os.wait4(self._process.pid, 0)
        killer.cancel()
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._listener.join()
        return usage.ru_utime + usage.ru_stime

    def _listen(self, ready: Pattern[str]) -> None:
        with self._process.stderr as lines:
            for line in lines:
                self._said.append(line)
                if self._found is None and (found := ready.search(line)):
                    self._found = found[1]
                    self._ready.set()
        self._ready.set()


class Server(Engine):
    """What the servers have in common."""

    def __init__(self, folder: Path, sending: Sending, settling: Settling) -> None:
        self._folder = folder
        self._sending = sending
        self._settling = settling
        self._begin()

    @abstractmethod
    def _start(self) -> ServerProcess:
        """Starts the server's process."""

    @abstractmethod
    def _address(self) -> str:
        """Host and port of the running server."""

    @abstractmethod
    def _ingest(self) -> tuple[str, dict[str, str]]:
        """Path and headers of a request that loads."""

    @abstractmethod
    def _rows_taken(self, answers: list[bytes]) -> int:
        """Rows in the store after a load that was answered so."""

    @abstractmethod
    def _request(self, question: Question) -> tuple[str, bytes, dict[str, str]]:
        """Path, body and headers of a question."""

    def _idle(self) -> bool:
        """Whether everything that was taken is in the table."""
        return True

    def _stored(self) -> int:
        """Bytes of the table."""
        return folder_bytes(self._folder)

    @property
    def open_seconds(self) -> float:
        """How long the running process took to become ready."""
        return self._process.open_seconds

    def load_from(self, source: Source) -> Load:
        """Sends the source's lines, then waits for the work behind them."""
        before, began = self.cpu(), time.monotonic()
        answers: list[bytes] = []
        path, headers = self._ingest()
        waits = send(self._address(), path, headers, source, self._sending, answers.append)
        loaded, wall = self.cpu(), time.monotonic() - began
        load = self.settle(loaded - before, wall, before, lambda: self._rows_taken(answers))
        return replace(load, waits=waits)

    def settle(self, cpu: float, wall: float, before: float, rows: Callable[[], int]) -> Load:
        """Waits until the work that follows a load is done; `cpu` and `wall` are what the load took so far."""
        if self._settling.restart:
            peak = self._process.peak()
            cpu_settled, settled = self.restart() - before, True
        else:
            self._connection.close()  # the server may, when it is idle for so long; the next request opens it again
            settled = wait_until_quiet(self.cpu, self._settling.quiet, self._idle)
            cpu_settled, peak = self.cpu() - before, self._process.peak()
        return Load(
            rows=rows(),
            cpu=cpu,
            wall=wall,
            cpu_settled=cpu_settled,
            peak=peak,
            stored=self._stored(),
            disk=folder_bytes(self._folder),
            settled=settled,
            amplification=None if self._settling.restart else self._amplification(),
        )

    def _amplification(self) -> float | None:
        """Bytes written for each byte that came in, where the server counts them."""
        return None

    def restart(self) -> float:
        """Stops the server and starts it again over the same data; the CPU seconds that the old process had used."""
        self._connection.close()
        used = self._process.stop()
        self._begin()
        return used

    def run(self, question: Question) -> Callable[[], None] | None:
        path, body, headers = self._request(question)

        def once() -> None:
            self._connection.ask(path, body, headers)

        return once

    def cpu(self) -> float:
        return self._process.cpu()

    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._connection.close()
        self._process.stop()

    def _begin(self) -> None:
        self._process = self._start()
        self._connection = Connection(self._address())
