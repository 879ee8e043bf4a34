"""ClickHouse, through chDB: a MergeTree table sorted by service and time."""

import json
from typing import Any

from engines.in_process import InProcess
from engines.sql import Dialect
from times import plain

_TYPES = (
    "_time DateTime64(9, 'UTC'), level {low}, service {low}, host {low}, logger {low},"
    " message String, trace_id String, duration_ms Nullable(Float64)"
)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


DIALECT = Dialect(
    table="t",
    time="_time",
    row="*",
    minute="toStartOfMinute(_time)",
    moment=lambda time: f"toDateTime64('{plain(time)}', 9, 'UTC')",
    regex=lambda pattern: f"match(message, {_quoted(pattern)})",
    # A digest costs as much here, and may be more than 1 % off.
    quantiles="quantilesExactInclusive(0.5, 0.95, 0.99)(duration_ms) AS p",
    gather="groupArray",
    quote=_quoted,
)


class ChDb(InProcess):
    """A MergeTree table."""

    name = "chdb"
    title = "ClickHouse"
    package = "chdb"
    library = "engines.chdb_engine:Library"
    dialect = DIALECT


class Library:
    """The child process's side."""

    def __init__(self, folder: str, corpus: str, threads: int) -> None:
        from chdb import session

        self._session = session.Session(f"{folder}/session")
        self._corpus = corpus
        self._version = self._values("SELECT version()")
        self._session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self._session.query("USE bench")
        self._session.query(f"SET max_threads = {threads}, max_insert_threads = {threads}")
        self._session.query("SET date_time_input_format = 'best_effort'")
        # It remembers which blocks a condition did not match, and would answer a question from the run before.
        self._session.query("SET use_query_condition_cache = 0")

    def version(self) -> str:
        return self._version

    def load(self) -> int:
        """Reads the corpus's file; how many rows there are."""
        columns = _TYPES.format(low="LowCardinality(String)")
        lines = f"file({_quoted(self._corpus)}, JSONEachRow, {_quoted(_TYPES.format(low='String'))})"
        self._session.query(f"CREATE TABLE t ({columns}) ENGINE = MergeTree ORDER BY (service, _time)")
        self._session.query(f"INSERT INTO t SELECT * FROM {lines}")
        return int(self._values("SELECT count() FROM t"))

    def settle(self) -> None:
        """Merges all parts into one."""
        self._session.query("OPTIMIZE TABLE t FINAL")

    def stored(self) -> int:
        """Bytes of the parts in use."""
        return int(self._values("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 't'"))

    def run(self, sql: str) -> None:
        self._session.query(sql, "JSONEachRow").bytes()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        lines = self._session.query(sql, "JSONEachRow").bytes().decode().splitlines()
        return [_named(json.loads(line)) for line in lines]

    def _values(self, sql: str) -> str:
        return self._session.query(sql, "TSV").bytes().decode().strip()


def _named(row: dict[str, Any]) -> dict[str, Any]:
    if "_time" in row:
        row["time"] = row["_time"]
    if "p" in row:
        row["p50"], row["p95"], row["p99"] = row.pop("p")
    return row
