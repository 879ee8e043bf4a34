#!/usr/bin/env python3
"""Whole-system benchmark: bongsu beside ripgrep on the raw file and DuckDB over its own Parquet of the same rows.

    python3 bench/run.py --bongsu target/release/bongsu --corpus corpus.jsonl

Prints a machine line, an ingest table and a query table with ratios, and checks that the answers agree. CPU time is what
the kernel accounted to the process (its threads' schedstat), because wall time is noise on a shared machine. A peer that is
not installed is left out with a message. See README.md beside this file.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

RARE = "NoRouteToHostException"
PHRASE = "session closed"
REGEX = r"Failed password for (invalid user )?\w+ from [\d.]+ port \d+"


def main():
    args = arguments()
    needle = args.needle or first_needle(args.corpus)
    work = tempfile.mkdtemp(prefix="bongsu-bench-", dir=args.work)
    print(machine())
    size = os.path.getsize(args.corpus)
    print(f"corpus: {args.corpus}, {size:,} bytes, needle {needle}\n")
    try:
        data = os.path.join(work, "data")
        rows = ingest(args, data, size)
        queries = build_queries(needle)
        results = {"bongsu": run_bongsu(args, data, queries)}
        results["ripgrep"] = run_ripgrep(args, queries)
        results["duckdb"] = run_duckdb(args, work, queries)
        table(queries, results)
        sys.exit(0 if agree(queries, results, rows) else 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bongsu", required=True, help="the bongsu binary (a release build)")
    parser.add_argument("--corpus", required=True, help="JSON lines with _time, level, service, message, trace_id, duration_ms")
    parser.add_argument("--needle", help="a trace id that stands in one row (default: from CORPUS.meta.json)")
    parser.add_argument("--rounds", type=int, default=20, help="counted runs of each query (default 20)")
    parser.add_argument("--work", help="folder for the data (default: the system's temporary folder)")
    return parser.parse_args()


def first_needle(corpus):
    try:
        with open(corpus + ".meta.json", encoding="utf-8") as file:
            return json.load(file)["needles"][0]
    except (OSError, KeyError, IndexError):
        sys.exit(f"no needle in {corpus}.meta.json: give one with --needle")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        cpu = re.search(r"model name\s*: (.*)", file.read())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) // 1024
    name = cpu.group(1) if cpu else platform.machine()
    return f"machine: {os.cpu_count()} x {name}, {memory:,} MiB, Linux {platform.release()}"


def ingest(args, data, size):
    """Loads the corpus from the file; prints CPU, memory and disk; returns the rows it took."""
    command = [args.bongsu, "--data", data, "--output-format", "json", "ingest", args.corpus]
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answer = json.loads(child.stdout.read())
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    if status != 0:
        sys.exit(f"ingest failed with status {status}")
    cpu = usage.ru_utime + usage.ru_stime
    stored = folder_bytes(os.path.join(data, "tables"))
    print("ingest from the file, every batch fsynced before its answer")
    print(f"  rows accepted        {answer['accepted']:>12,}  refused {answer['refused']:,}")
    print(f"  CPU s                {cpu:>12.2f}  user {usage.ru_utime:.2f}, system {usage.ru_stime:.2f}")
    print(f"  raw MB/s of CPU      {size / 1e6 / cpu:>12.1f}")
    print(f"  wall s               {wall:>12.2f}")
    print(f"  peak memory MB       {usage.ru_maxrss * 1024 / 1e6:>12.1f}")
    print(f"  stored MB            {stored / 1e6:>12.1f}  {100 * stored / size:.1f} % of raw\n")
    return answer["accepted"]


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)


def build_queries(needle):
    """Each query: what bongsu is asked over HTTP, ripgrep's arguments, DuckDB's SQL; all give one comparable number."""

    def search(query, limit=100):
        return "search", {"query": query, "limit": limit, "dataset": "logs"}

    def sql(text):
        return "sql", {"sql": text}

    like = f"message LIKE '%{PHRASE}%'"
    part, password = "outeToHostExc", "ailed passw"
    newest = "SELECT _time, message FROM t WHERE {} ORDER BY _time DESC LIMIT 100"
    quantiles = "SELECT service, {}, count(*) FROM {} WHERE duration_ms IS NOT NULL GROUP BY service"
    return [
        ("a. one trace id", search(f"trace_id:{needle}"), ["-F", needle], f"SELECT * FROM t WHERE trace_id = '{needle}'"),
        ("b. rare word, newest 100", search(RARE), ["-F", RARE], newest.format(f"message LIKE '%{RARE}%'")),
        ("c. phrase, newest 100", search(f'"{PHRASE}"'), None, newest.format(like)),
        ("c. phrase, count", sql(f"SELECT count(*) AS n FROM logs WHERE {like}"), ["-c", "-F", PHRASE], f"SELECT count(*) FROM t WHERE {like}"),
        (
            "d. level by minute",
            sql("SELECT date_trunc('minute', time) AS m, level, count(*) AS n FROM logs GROUP BY 1, 2"),
            None,
            "SELECT date_trunc('minute', _time::TIMESTAMP) m, level, count(*) FROM t GROUP BY 1, 2",
        ),
        (
            "e. top 10 services",
            sql("SELECT service, count(*) AS n FROM logs GROUP BY service ORDER BY n DESC LIMIT 10"),
            None,
            "SELECT service, count(*) n FROM t GROUP BY service ORDER BY n DESC LIMIT 10",
        ),
        (
            "f. regex, count",
            sql(f"SELECT count(*) AS n FROM logs WHERE regexp_like(message, '{REGEX}')"),
            ["-c", REGEX],
            f"SELECT count(*) FROM t WHERE regexp_matches(message, '{REGEX}')",
        ),
        (
            "g. quantiles by service",
            sql(quantiles.format("approx_percentile_cont(duration_ms, 0.5) AS p50, approx_percentile_cont(duration_ms, 0.99) AS p99", "logs")),
            None,
            quantiles.format("approx_quantile(duration_ms, 0.5), approx_quantile(duration_ms, 0.99)", "t"),
        ),
        ("h. substring, newest 100", search(f"message:*{part}*"), ["-F", part], newest.format(f"message LIKE '%{part}%'")),
        (
            "h. substring, count",
            sql(f"SELECT count(*) AS n FROM logs WHERE message LIKE '%{password}%'"),
            ["-c", "-F", password],
            f"SELECT count(*) FROM t WHERE message LIKE '%{password}%'",
        ),
    ]


def run_bongsu(args, data, queries):
    server = subprocess.Popen(
        [args.bongsu, "--data", data, "serve", "--http", "127.0.0.1:0"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        address = None
        for line in server.stderr:
            found = re.search(r"http://([\d.]+:\d+)", line)
            if found:
                address = found.group(1)
                break
        if address is None:
            sys.exit("bongsu serve ended before it was ready")
        return {
            name: measure(lambda: ask(address, request), lambda: threads_cpu(server.pid), args.rounds) for name, request, _, _ in queries
        }
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(address, request):
    path, body = request
    call = urllib.request.Request(
        f"http://{address}/api/v1/{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json", "Accept": "application/x-ndjson"}
    )
    with urllib.request.urlopen(call, timeout=120) as answer:
        rows = [json.loads(line) for line in answer.read().splitlines()]
    return rows[0]["n"] if path == "sql" and len(rows) == 1 and list(rows[0]) == ["n"] else len(rows)


def threads_cpu(pid):
    """Seconds that the process's threads have run, from the scheduler's nanoseconds."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            continue
    return total / 1e9


def measure(call, cpu_now, rounds):
    """Median wall and mean CPU milliseconds over `rounds` calls, after two that warm up; and the answer."""
    answer = [call() for _ in range(2)][-1]
    walls, before = [], cpu_now()
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        walls.append((time.perf_counter() - began) * 1e3)
    return {"wall": statistics.median(walls), "cpu": (cpu_now() - before) * 1e3 / rounds, "answer": answer}


def run_ripgrep(args, queries):
    rg = shutil.which("rg")
    if rg is None:
        print("ripgrep is not installed: left out (Debian: apt-get install ripgrep)")
        return {}

    def call(words):
        done = subprocess.run([rg, *words, args.corpus], capture_output=True, check=False)
        return int(done.stdout) if "-c" in words else min(100, done.stdout.count(b"\n"))

    def children_cpu():
        times = os.times()
        return times.children_user + times.children_system

    return {name: measure(lambda: call(words), children_cpu, max(3, args.rounds // 4)) for name, _, words, _ in queries if words}


def run_duckdb(args, work, queries):
    try:
        import duckdb
    except ImportError:
        print("DuckDB is not installed: left out (pip install duckdb)")
        return {}
    file = os.path.join(work, "duckdb.parquet")
    db = duckdb.connect()
    before, began = time.process_time(), time.monotonic()
    types = "{_time:'VARCHAR',level:'VARCHAR',service:'VARCHAR',host:'VARCHAR',logger:'VARCHAR',message:'VARCHAR',trace_id:'VARCHAR',duration_ms:'DOUBLE'}"
    source = f"read_json('{args.corpus}', columns={types}, format='newline_delimited')"
    db.execute(f"COPY (SELECT * REPLACE (_time::TIMESTAMP_NS AS _time) FROM {source}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    print(
        f"DuckDB {duckdb.__version__}: its own Parquet {os.path.getsize(file) / 1e6:.1f} MB,"
        f" CPU s {time.process_time() - before:.1f}, wall s {time.monotonic() - began:.1f}\n"
    )
    db.execute(f"CREATE VIEW t AS SELECT * FROM '{file}'")

    def call(text):
        rows = db.execute(text).fetchall()
        return rows[0][0] if text.startswith("SELECT count(*)") else len(rows)

    return {name: measure(lambda: call(text), time.process_time, max(3, args.rounds // 2)) for name, _, _, text in queries}


def table(queries, results):
    print(f"{'query':26}{'bongsu':>20}{'ripgrep, raw':>22}{'DuckDB, Parquet':>22}{'CPU ratio':>22}")
    print(f"{'':26}{'wall ms   CPU ms':>20}{'wall ms   CPU ms':>22}{'wall ms   CPU ms':>22}{'to rg     to DuckDB':>22}")
    for name, *_ in queries:
        ours = results["bongsu"][name]
        line = f"{name:26}{pair(ours):>20}"
        ratios = []
        for peer in ("ripgrep", "duckdb"):
            theirs = results[peer].get(name)
            line += f"{pair(theirs):>22}"
            ratios.append(f"{ours['cpu'] / theirs['cpu']:.3f}" if theirs and theirs["cpu"] else "-")
        print(f"{line}{ratios[0]:>11}{ratios[1]:>11}")


def pair(figure):
    return f"{figure['wall']:8.1f} {figure['cpu']:8.1f}" if figure else "-"


def agree(queries, results, rows):
    """Whether every engine gave the same number; ripgrep stands back where it matches whole raw lines."""
    same = True
    for name, *_ in queries:
        answers = {peer: figures[name]["answer"] for peer, figures in results.items() if name in figures}
        if len(set(answers.values())) > 1:
            same = False
            print(f"answers differ on {name}: {answers}")
    print(f"\nanswers {'agree' if same else 'DIFFER'} ({rows:,} rows)")
    return same


if __name__ == "__main__":
    main()
