"""Connections to a server under test: one that is kept for questions, several for loading."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from engines.base import EngineError, Sending, Source

_PATIENCE = 300
"""Seconds that a request may take."""

_BUSY = 429
_TRIES = 1_000
"""Times that a batch is sent again when the server asks for it."""


class Answered(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """One connection, kept open."""

    def __init__(self, address: str) -> None:
        self._http = http.client.HTTPConnection(address, timeout=_PATIENCE)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Sends a body; the answer is read to its end."""
        sent = False
        try:
            try:
                self._http.request("POST", path, body=body, headers=dict(headers))
                sent = True
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a body may answer before it has all of it, and close: the answer may still come.
                if self._http.sock is None:
                    raise
            return self._answered()
        except (OSError, http.client.HTTPException) as failure:
            self._http.close()
            if not sent and isinstance(failure, ConnectionError) and not isinstance(failure, ConnectionRefusedError):
                # The answer was lost with the connection. Nothing was kept, since the body never arrived whole.
                return Answered(_BUSY, {}, b"")
            raise EngineError(f"POST {path}: {type(failure).__name__}: {failure}") from failure

    def get(self, path: str) -> bytes:
        """The body of an answer that must be good."""
        try:
            self._http.request("GET", path)
            return _good("GET", path, self._answered())
        except (OSError, http.client.HTTPException) as failure:
            self._http.close()
            raise EngineError(f"GET {path}: {type(failure).__name__}: {failure}") from failure

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body of an answer that must be good."""
        return _good("POST", path, self.post(path, body, headers))

    def _answered(self) -> Answered:
        answer = self._http.getresponse()
        text = answer.read()
        if answer.will_close:
            self._http.close()
        return Answered(answer.status, answer.headers, text)

    def close(self) -> None:
        """Ends it."""
        self._http.close()


def rows_of(text: bytes) -> list[dict[str, Any]]:
    """JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def send(
    address: str,
    path: str,
    headers: Mapping[str, str],
    source: Source,
    sending: Sending,
    taken: Callable[[bytes], None],
) -> int:
    """Posts all lines of `source` in batches; every answer goes to `taken`. How often the server asked to wait.

    Each connection has one request under way. A batch that is answered with 429 is sent again after the time that the
    answer asks for; any other answer than a good one ends the load.
    """
    batches = _Shared(source.batches(sending.batch))
    failures: list[BaseException] = []
    waits: list[int] = []

    def work() -> None:
        connection = Connection(address)
        try:
            for batch in batches:
                if failures:
                    return
                answer, waited = _kept(connection, path, batch, headers)
                waits.append(waited)
                taken(answer)
        except BaseException as failure:  # raised again below, in the caller's thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(sending.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(waits)


def _kept(connection: Connection, path: str, batch: bytes, headers: Mapping[str, str]) -> tuple[bytes, int]:
    for waited in range(_TRIES):
        answered = connection.post(path, batch, headers)
        if answered.status != _BUSY:
            return _good("POST", path, answered), waited
        time.sleep(float(answered.headers.get("Retry-After", "1")))
    raise EngineError(f"POST {path}: still busy after {_TRIES} tries")


def _good(method: str, path: str, answered: Answered) -> bytes:
    if answered.status >= 300:
        raise EngineError(f"{method} {path}: {answered.status} {answered.body[:500].decode(errors='replace')}")
    return answered.body


class _Shared:
    """An iterator that several threads take from."""

    def __init__(self, items: Iterator[bytes]) -> None:
        self._items = items
        self._lock = threading.Lock()

    def __iter__(self) -> "_Shared":
        return self

    def __next__(self) -> bytes:
        with self._lock:
            return next(self._items)
