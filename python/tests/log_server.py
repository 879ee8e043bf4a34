"""A small server that takes what is shipped: it keeps each request once, by its `Idempotency-Key`, and can die and come again."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LogServer:
    """Listens at one port for life; what it was sent outlives `kill`, as a disk would."""

    def __init__(self) -> None:
        self.requests: dict[str, list[dict[str, Any]]] = {}
        self.headers: list[dict[str, str]] = []
        self.replays = 0
        self.lose_answers = False
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begins to answer, at the port that it had before; nothing while it does."""
        if self._server is not None:
            return
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._answers())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def kill(self) -> None:
        """Stops to answer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def records(self) -> list[dict[str, Any]]:
        """What it has, in the order in which it came."""
        with self._lock:
            return [record for records in self.requests.values() for record in records]

    def bodies(self) -> list[str]:
        """The messages that it has."""
        return [record["Body"] for record in self.records()]

    def keep(self, headers: dict[str, str], body: bytes) -> int | None:
        """Keeps a request; how many records it had, none when there is to be no answer."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        records = [json.loads(line) for line in body.splitlines()]
        with self._lock:
            self.headers.append(headers)
            key = headers["idempotency-key"]
            if key in self.requests:
                assert self.requests[key] == records
                self.replays += 1
            self.requests[key] = records
            return None if self.lose_answers else len(records)

    def _answers(self) -> type[BaseHTTPRequestHandler]:
        log_server = self

        class Answers(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                count = log_server.keep(headers, self.rfile.read(int(headers["content-length"])))
                self.close_connection = True
                if count is None:
                    return
                answer = json.dumps({"accepted": count, "refused": 0, "errors": []}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Tells nobody."""

        return Answers
