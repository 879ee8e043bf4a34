"""bongsu: `bongsu serve`, loaded over HTTP or from the file."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from answers import Answer, answer
from corpus import Corpus
from engines.base import EngineError, Load, Missing, Sending, Settling
from engines.server import Server, ServerProcess
from engines.sql import Dialect, quoted, statement
from http_client import rows_of
from questions import NEWEST, Condition, How, Question, Want
from times import plain, rfc3339

_READY = re.compile(r"http://([\w.\[\]:]+:\d+)")
_JSON = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}

DIALECT = Dialect(
    table="logs",
    time="time",
    row="*",
    minute="date_trunc('minute', time)",
    moment=lambda time: f"TIMESTAMP '{plain(time)[:-3]}Z'",
    regex=lambda pattern: f"regexp_like(message, {quoted(pattern)})",
    quantiles=", ".join(
        f"approx_percentile_cont(duration_ms, {share}) AS p{share * 100:g}" for share in (0.5, 0.95, 0.99)
    ),
)


class Bongsu(Server):
    """The server under test."""

    name = "bongsu"
    title = "bongsu"

    def __init__(
        self, binary: Path, corpus: Corpus, folder: Path, sending: Sending, settling: Settling, from_file: bool
    ) -> None:
        if not os.access(binary, os.X_OK):
            raise Missing(f"there is no program {binary}: cargo build --release, or --bongsu PATH")
        self._binary = str(binary)
        self._corpus = corpus
        self._data = folder / "data"
        self._from_file = from_file
        super().__init__(folder, sending, settling)

    def version(self) -> str:
        said = subprocess.run([self._binary, "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[-1]

    def load(self) -> Load:
        return self._load_file() if self._from_file else self.load_from(self._corpus)

    def delete(self, where: Sequence[Condition]) -> Load:
        """`bongsu delete` of the rows that meet all conditions; the rows of the result are those that it deleted."""
        query = " AND ".join(map(_words, where))
        return self._without_server(["delete", query, "--yes", "--quiet"], lambda text: json.loads(text)["deleted"])

    def answer(self, question: Question) -> Answer:
        return answer(question.want, rows_of(self._connection.ask(*self._request(question))))

    def _start(self) -> ServerProcess:
        return ServerProcess([*self._command(), "serve", "--http", "127.0.0.1:0"], _READY)

    def _address(self) -> str:
        return self._process.found

    def _ingest(self) -> tuple[str, dict[str, str]]:
        return "/api/v1/ingest", {"Content-Type": "application/x-ndjson"}

    def _rows_taken(self, answers: list[bytes]) -> int:
        parsed = [json.loads(text) for text in answers]
        refused = sum(one["refused"] for one in parsed)
        if refused:
            reasons = [error["reason"] for one in parsed for error in one.get("errors", [])]
            raise EngineError(f"bongsu refused {refused} lines: {'; '.join(reasons[:3])}")
        return sum(one["accepted"] for one in parsed)

    def _request(self, question: Question) -> tuple[str, bytes, dict[str, str]]:
        if question.want is Want.NEWEST:
            return "/api/v1/search", json.dumps(_search(question)).encode(), _JSON
        return "/api/v1/sql", json.dumps({"sql": statement(question, DIALECT)}).encode(), _JSON

    def _idle(self) -> bool:
        return self._gauge("bongsu_dataset_live_rows") == 0

    def _stored(self) -> int:
        """The table's own files; those that compaction has replaced stay on disk for a while."""
        return self._gauge("bongsu_dataset_stored_bytes")

    def _amplification(self) -> float | None:
        came_in = self._gauge("bongsu_ingest_bytes_total")
        if not came_in:
            return None
        written = (f"bongsu_{of}_written_bytes_total" for of in ("wal", "flush", "compaction"))
        return sum(map(self._gauge, written)) / came_in

    def _gauge(self, name: str) -> int:
        lines = self._connection.get("/metrics").decode().splitlines()
        wanted = (f"{name} ", f'{name}{{dataset="logs"}}')
        return int(sum(float(line.split()[-1]) for line in lines if line.startswith(wanted)))

    def _command(self) -> list[str]:
        return [self._binary, "--data", str(self._data), "--output-format", "json", "--lang", "en"]

    def _load_file(self) -> Load:
        """`bongsu ingest FILE`."""
        return self._without_server(["ingest", str(self._corpus.path)], lambda text: self._rows_taken([text.encode()]))

    def _without_server(self, words: list[str], rows: Callable[[str], int]) -> Load:
        """Another command, a process of its own; the server is away meanwhile and settles the table afterwards.

        `rows` finds in what it printed how many rows it was about.
        """
        self._connection.close()
        self._process.stop()
        began = time.monotonic()
        child = subprocess.Popen([*self._command(), *words], stdout=subprocess.PIPE, text=True)
        with child.stdout as output:
            text = output.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        if child.returncode != 0:
            raise EngineError(f"bongsu {words[0]} ended with status {child.returncode}: {text}")
        cpu = usage.ru_utime + usage.ru_stime
        self._begin()
        load = self.settle(cpu, wall, self.cpu() - cpu, lambda: rows(text))
        return replace(load, peak=max(load.peak, usage.ru_maxrss * 1024))


def _search(question: Question) -> dict[str, object]:
    asked: dict[str, object] = {"query": _words(question.where), "limit": NEWEST, "dataset": "logs"}
    if question.span:
        asked |= {"since": rfc3339(question.span.start), "until": rfc3339(question.span.end)}
    return asked


def _words(where: Condition | None) -> str:
    if where is None:
        return "*"
    match where.how:
        case How.TRACE:
            return f"trace_id:{where.text}"
        case How.SERVICE:
            return f"service:{where.text}"
        case How.LEVEL:
            return f"level:{where.text}"
        case How.REGEX:
            return f"/{where.text}/"
        case How.PART:
            return f"message:*{where.text}*"
        case How.WORD:
            return where.text
        case How.PHRASE:
            return f'"{where.text}"'
