"""Connections to a server under test: one that is kept for questions, several for loading."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engines.base import EngineError, Sending, Source

_PATIENCE = 300
"""Seconds that a request may take."""

_BUSY = 429
_TRIES = 1_000
"""Times that a batch is sent again when the server asks for it."""


class Connection:
    """One connection, kept open."""

    def __init__(self, address: str) -> None:
        self._http = http.client.HTTPConnection(address, timeout=_PATIENCE)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer, read to its end."""
        try:
            self._http.request("POST", path, body=body, headers=dict(headers))
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body may answer and close before it has all of it: the answer is still to be read.
            if self._http.sock is None:
                raise
        answer = self._http.getresponse()
        text = answer.read()
        if answer.will_close:
            self._http.close()
        return answer.status, answer.headers, text

    def get(self, path: str) -> bytes:
        """The body of an answer that must be good."""
        self._http.request("GET", path)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise EngineError(f"GET {path}: {answer.status} {text[:500].decode(errors='replace')}")
        return text

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body of an answer that must be good."""
        status, _, text = self.post(path, body, headers)
        if status >= 300:
            raise EngineError(f"POST {path}: {status} {text[:500].decode(errors='replace')}")
        return text

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
) -> None:
    """Posts all lines of `source` in batches; every answer goes to `taken`.

    Each connection has one request under way. A batch that is answered with 429 is sent again after the time that the
    answer asks for; any other answer than a good one ends the load.
    """
    batches = _Shared(source.batches(sending.batch))
    failures: list[BaseException] = []

    def work() -> None:
        connection = Connection(address)
        try:
            for batch in batches:
                if failures:
                    return
                taken(_kept(connection, path, batch, headers))
        except BaseException as failure:  # told to the caller below
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


def _kept(connection: Connection, path: str, batch: bytes, headers: Mapping[str, str]) -> bytes:
    for _ in range(_TRIES):
        status, answered, text = connection.post(path, batch, headers)
        if status == _BUSY:
            time.sleep(float(answered.get("Retry-After", "1")))
        elif status < 300:
            return text
        else:
            raise EngineError(f"POST {path}: {status} {text[:500].decode(errors='replace')}")
    raise EngineError(f"POST {path}: still busy after {_TRIES} tries")


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
