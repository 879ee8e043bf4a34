"""VictoriaLogs: a binary given by its path, loaded over its JSON lines API and asked in LogsQL."""

import os
import re
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlencode

from answers import Answer, answer
from corpus import Corpus
from engines.base import Load, Missing, Sending, Settling
from engines.server import Server, ServerProcess
from http_client import rows_of
from questions import NEWEST, QUANTILES, TOP, Condition, How, Question, Span, Want
from times import rfc3339

_READY = re.compile(r"started server at http://([\w.\[\]:]+:\d+)")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FIELDS = {"_stream_fields": "service", "_time_field": "_time", "_msg_field": "message"}


class VictoriaLogs(Server):
    """One node, as it comes, but for how old and how new a row may be."""

    name = "victorialogs"
    title = "VictoriaLogs"

    def __init__(self, binary: Path | None, corpus: Corpus, folder: Path, sending: Sending, settling: Settling) -> None:
        if binary is None:
            raise Missing("give the path of its binary with --victorialogs")
        if not os.access(binary, os.X_OK):
            raise Missing(f"there is no program {binary}")
        self._binary = str(binary)
        self._corpus = corpus
        super().__init__(folder, sending, settling)

    def version(self) -> str:
        said = subprocess.run([self._binary, "-version"], capture_output=True, text=True, check=False)
        found = re.search(r"v\d+\.\d+\.\d+", said.stdout + said.stderr)
        return found[0] if found else "of unknown version"

    def load(self) -> Load:
        return self.load_from(self._corpus)

    def answer(self, question: Question) -> Answer:
        rows = rows_of(self._connection.ask(*self._request(question)))
        return answer(question.want, [_named(row) for row in rows])

    def _start(self) -> ServerProcess:
        self._port = _free_port()
        return ServerProcess(
            [
                self._binary,
                f"-storageDataPath={self._folder / 'data'}",
                f"-httpListenAddr={self._address()}",
                "-retentionPeriod=100y",
                "-futureRetention=100y",
            ],
            _READY,
        )

    def _address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def _ingest(self) -> tuple[str, dict[str, str]]:
        return f"/insert/jsonline?{urlencode(_FIELDS)}", {"Content-Type": "application/stream+json"}

    def _rows_taken(self, answers: list[bytes]) -> int:
        """Its answers do not say how many rows were taken, so they are counted."""
        text = self._connection.ask("/select/logsql/query", urlencode({"query": "* | stats count() n"}).encode(), _FORM)
        return int(rows_of(text)[0]["n"])

    def _request(self, question: Question) -> tuple[str, bytes, dict[str, str]]:
        return "/select/logsql/query", urlencode({"query": logsql(question)}).encode(), _FORM


def logsql(question: Question) -> str:
    """The question in LogsQL."""
    filters = [_span(question.span)] if question.span else []
    if question.where:
        filters.append(_filter(question.where))
    if question.want is Want.QUANTILES:
        filters.append("duration_ms:*")
    return f"{' '.join(filters) or '*'} | {_pipe(question.want)}"


def _pipe(want: Want) -> str:
    match want:
        case Want.NEWEST:
            return f"sort by (_time desc) limit {NEWEST}"
        case Want.COUNT:
            return "stats count() n"
        case Want.LEVELS:
            return "stats by (_time:1m, level) count() n"
        case Want.SERVICES:
            return f"stats by (service) count() n | sort by (n desc) limit {TOP}"
        case Want.QUANTILES:
            functions = ", ".join(f"quantile({share}, duration_ms) p{share * 100:g}" for share in QUANTILES)
            return f"stats by (service) {functions}"


def _filter(where: Condition) -> str:
    match where.how:
        case How.TRACE:
            return f'trace_id:="{where.text}"'
        case How.SERVICE:
            return f'{{service="{where.text}"}}'
        case How.LEVEL:
            return f'level:="{where.text}"'
        case How.REGEX:
            return f"~`{where.text}`"
        case How.PART:
            return f"~`{re.escape(where.text)}`"
        case How.WORD | How.PHRASE:
            return f'"{where.text}"'


def _span(span: Span) -> str:
    return f"_time:[{rfc3339(span.start)}, {rfc3339(span.end)})"


def _named(row: dict[str, str]) -> dict[str, str]:
    return {**row, "time": row.get("_time"), "minute": row.get("_time"), "message": row.get("_msg")}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
