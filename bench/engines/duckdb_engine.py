"""DuckDB: over a table of its own, and over a Parquet file that it wrote."""

from pathlib import Path
from typing import Any

from engines.in_process import InProcess
from engines.sql import Dialect, quoted
from times import plain

_COLUMNS = (
    "{_time: 'TIMESTAMP_NS', level: 'VARCHAR', service: 'VARCHAR', host: 'VARCHAR', logger: 'VARCHAR',"
    " message: 'VARCHAR', trace_id: 'VARCHAR', duration_ms: 'DOUBLE'}"
)

DIALECT = Dialect(
    table="t",
    time="_time",
    row="* REPLACE (epoch_ns(_time) AS _time)",
    minute="date_trunc('minute', _time)",
    moment=lambda time: f"TIMESTAMP_NS '{plain(time)}'",
    regex=lambda pattern: f"regexp_matches(message, {quoted(pattern)})",
    # The exact quantiles cost DuckDB less than the approximate ones.
    quantiles="quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS p",
)


class DuckDbTable(InProcess):
    """A database file."""

    name = "duckdb"
    title = "DuckDB table"
    package = "duckdb"
    library = "engines.duckdb_engine:Library"
    dialect = DIALECT


class DuckDbParquet(DuckDbTable):
    """A Parquet file with zstd, in the corpus's order."""

    name = "duckdb-parquet"
    title = "DuckDB Parquet"
    library = "engines.duckdb_engine:ParquetLibrary"


class Library:
    """The child process's side."""

    def __init__(self, folder: str, corpus: str, threads: int) -> None:
        import duckdb

        self._file = Path(folder) / "t.duckdb"
        self._corpus = corpus
        self._version = duckdb.__version__
        self._db = duckdb.connect(str(self._file))
        self._db.execute(f"SET threads = {threads}")

    def version(self) -> str:
        return self._version

    def load(self) -> int:
        """Reads the corpus's file; how many rows there are."""
        self._db.execute(f"CREATE TABLE t AS {self._lines()}")
        return self._count()

    def settle(self) -> None:
        """Writes everything out."""
        self._db.execute("CHECKPOINT")

    def stored(self) -> int:
        """Bytes of the file."""
        return self._file.stat().st_size

    def run(self, sql: str) -> None:
        self._db.execute(sql).fetchall()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        result = self._db.execute(sql)
        names = [column[0] for column in result.description]
        return [_named(dict(zip(names, row, strict=True))) for row in result.fetchall()]

    def _lines(self) -> str:
        return f"SELECT * FROM read_json({quoted(self._corpus)}, columns = {_COLUMNS}, format = 'newline_delimited')"

    def _count(self) -> int:
        return self._db.execute("SELECT count(*) FROM t").fetchone()[0]


class ParquetLibrary(Library):
    """The child process's side, with the rows in a Parquet file."""

    def load(self) -> int:
        self._file = self._file.with_suffix(".parquet")
        file = quoted(str(self._file))
        self._db.execute(f"COPY ({self._lines()}) TO {file} (FORMAT parquet, COMPRESSION zstd)")
        self._db.execute(f"CREATE VIEW t AS SELECT * FROM {file}")
        return self._count()

    def settle(self) -> None:
        """There is nothing left to do."""


def _named(row: dict[str, Any]) -> dict[str, Any]:
    if "_time" in row:
        row["time"] = row["_time"]
    if "p" in row:
        row["p50"], row["p95"], row["p99"] = row.pop("p")
    return row
