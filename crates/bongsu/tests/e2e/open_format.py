"""Reads a table with three readers that know nothing of bongsu: rows of each as JSON, sorted by `n`."""

import json
import sys

import deltalake
import duckdb
import polars

path = sys.argv[1]
table = deltalake.DeltaTable(path)
columns = ["n", "message", "level", "service", "time", "duration", "status", "status#str"]


def rows(frame):
    return [list(row) for row in frame.sort("n").rows()]


def by_deltalake():
    wanted = ", ".join('CAST("time" AS BIGINT) AS "time"' if c == "time" else f'"{c}"' for c in columns)
    engine = deltalake.QueryBuilder().register("logs", table)
    return rows(polars.DataFrame(engine.execute(f"SELECT {wanted} FROM logs").read_all()))


def by_polars():
    frame = polars.read_delta(path).select(columns)
    return rows(frame.with_columns(polars.col("time").dt.epoch("us")))


def by_duckdb():
    """Through DuckDB's own reader of Delta tables, where that can be fetched; else the table's Parquet files."""
    wanted = ", ".join(f'epoch_us("{c}")' if c == "time" else f'"{c}"' for c in columns)
    con = duckdb.connect()
    try:
        con.execute("INSTALL delta; LOAD delta")
        way, source, values = "delta_scan", "delta_scan(?)", [path]
    except duckdb.Error:
        way, source, values = "read_parquet", "read_parquet(?, union_by_name = true)", [table.file_uris()]
    found = con.execute(f"SELECT {wanted} FROM {source} ORDER BY n", values).fetchall()
    return way, [list(row) for row in found]


way, duck = by_duckdb()
print(json.dumps({
    "versions": {module.__name__: module.__version__ for module in (deltalake, polars, duckdb)},
    "duckdb_way": way,
    "files": len(table.file_uris()),
    "rows": {"deltalake": by_deltalake(), "polars": by_polars(), "duckdb": duck},
}))
