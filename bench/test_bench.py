"""Tests of the benchmark itself: `python3 -m unittest discover bench`. Engines not installed are passed over."""

import json
import os
import random
import re
import socket
import struct
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import changed
import report
from answers import Answer, Exact, answer, difference, exact_quantiles
from corpus import Late, Repeated, open_corpus, parse_size, turned
from engines.base import Engine, EngineError, Load, Missing, Sending, Source
from engines.bongsu import DIALECT as BONGSU
from engines.bongsu import Bongsu
from engines.chdb_engine import ChDb
from engines.duckdb_engine import DuckDbParquet, DuckDbTable
from engines.ripgrep import Ripgrep
from engines.scan import scan
from engines.sql import statement
from engines.victorialogs import logsql
from growth import moved
from http_client import Connection, send
from measure import Quiet, Timing, cpu_seconds, timing, wait_until_quiet
from questions import NEWEST, PHRASE, RARE_WORD, Condition, How, Question, Span, Want, questions
from run import compare
from times import DAY, MINUTE, SECOND, nanoseconds, plain, rfc3339

FIRST = nanoseconds("2026-11-20T22:00:00.5Z")
MESSAGES = (
    "session closed for user root",
    f'java.net.{RARE_WORD}: "no" route',
    "Failed password for invalid user eve from 10.0.0.7 port 22",
    "all is well",
)


class Lines:
    """A small corpus over two days."""

    def __init__(self, folder: Path, rows: int = 2_000) -> None:
        chance = random.Random(7)
        self.path = folder / "small.jsonl"
        records = [self._record(number, rows, chance) for number in range(rows)]
        self.path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        self.needle = records[rows // 2]["trace_id"]
        meta = {"needles": ["f" * 32, self.needle]}
        self.path.with_name("small.jsonl.meta.json").write_text(json.dumps(meta), encoding="utf-8")

    @staticmethod
    def _record(number: int, rows: int, chance: random.Random) -> dict[str, object]:
        record = {
            "_time": rfc3339(FIRST + number * 4 * 3600 * SECOND // rows + number % 7),
            "level": chance.choice(["INFO", "WARN", "ERROR", "FATAL"]),
            "service": chance.choice(["auth", "auth", "web", "db"]),
            "host": "one",
            "logger": "main",
            "message": MESSAGES[number % 97 % 4],
            "trace_id": f"{chance.getrandbits(128):032x}",
        }
        if number % 3 == 0:
            record["duration_ms"] = round(chance.lognormvariate(3, 1), 2)
        return record


class WithCorpus(unittest.TestCase):
    """A case with a corpus and its questions."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.lines = Lines(self.folder)
        self.corpus = open_corpus(self.lines.path, None, self.folder)
        self.questions = questions(self.corpus.needle, self.corpus.service, self.corpus.span)


class Times(unittest.TestCase):
    def test_spellings_of_one_moment(self) -> None:
        moment = nanoseconds("2026-11-20T00:00:00.041434746Z")
        self.assertEqual(moment % SECOND, 41_434_746)
        for text in (
            "2026-11-20 00:00:00.041434746",
            "2026-11-20T09:00:00.041434746+09:00",
            rfc3339(moment),
            plain(moment),
        ):
            self.assertEqual(nanoseconds(text), moment, text)
        self.assertEqual(nanoseconds("2026-11-20 00:00:00") % DAY, 0)
        with self.assertRaises(ValueError):
            nanoseconds("yesterday")


class OfCorpus(WithCorpus):
    def test_what_is_known_of_it(self) -> None:
        self.assertEqual(self.corpus.rows, 2_000)
        self.assertEqual(self.corpus.needle, self.lines.needle)
        self.assertEqual(self.corpus.service, "auth")
        self.assertEqual((self.corpus.first, self.corpus.days), (FIRST, 2))
        self.assertEqual(b"".join(self.corpus.batches(1_000)), self.lines.path.read_bytes())

    def test_a_beginning_ends_with_a_whole_line_and_has_a_needle(self) -> None:
        cut = open_corpus(self.lines.path, 20_000, self.folder)
        text = cut.path.read_bytes()
        self.assertTrue(20_000 - 400 < len(text) <= 20_000 and text.endswith(b"}\n"))
        self.assertEqual(cut.rows, text.count(b"\n"))
        self.assertEqual(text.count(cut.needle.encode()), 1)

    def test_the_range_is_unaligned(self) -> None:
        span = self.corpus.span
        self.assertTrue(self.corpus.first < span.start < span.end < self.corpus.last)
        for time_of, seconds in ((span.start, 17.3), (span.end, 41.7)):
            self.assertEqual(time_of // MINUTE % 2, 1)
            self.assertEqual(time_of % MINUTE, int(seconds * 10) * SECOND // 10)

    def test_repetitions_go_on_in_order_with_new_trace_ids(self) -> None:
        data = Repeated(self.corpus, 3)
        records = [json.loads(line) for batch in data.batches(5_000) for line in batch.splitlines()]
        times = [nanoseconds(record["_time"]) for record in records]
        self.assertEqual(times, sorted(times))
        self.assertEqual(len({record["trace_id"] for record in records}), 3 * self.corpus.rows)
        self.assertEqual(sum(record["trace_id"] == data.needle(2) for record in records), 1)
        last = data.day_of(2)
        self.assertEqual(sum(last.start <= time_of < last.end for time_of in times), self.corpus.rows)
        self.assertEqual(times[-1] - self.corpus.last, data.shift(2))

    def test_late_rows_keep_their_times_and_have_new_trace_ids(self) -> None:
        late = Late(self.corpus, 0.25)
        rows = [json.loads(line) for batch in late.batches(5_000) for line in batch.splitlines()]
        first = [json.loads(line) for line in self.lines.path.read_text(encoding="utf-8").splitlines()[:500]]
        self.assertEqual(late.rows, 500)
        self.assertFalse({row.pop("trace_id") for row in rows} & {row.pop("trace_id") for row in first})
        self.assertEqual(rows, first)
        self.assertEqual(b"".join(Late(self.corpus, 1.0).batches(5_000)).count(b"\n"), self.corpus.rows)
        self.assertEqual(list(Late(self.corpus, 0.0).batches(5_000)), [])

    def test_sizes(self) -> None:
        self.assertEqual([parse_size(text) for text in ("7", "100M", "1.5k", "1GB")], [7, 10**8, 1500, 10**9])
        self.assertEqual(turned("abcdef", 2), "cdefab")
        with self.assertRaises(ValueError):
            parse_size("much")


class OfAnswers(unittest.TestCase):
    def test_rows_are_compared_by_time_and_message(self) -> None:
        rows = [{"time": 3, "message": "c"}, {"time": 2, "message": "b"}, {"time": 1, "message": "a"}]
        expected = answer(Want.NEWEST, rows)
        self.assertIsNone(difference(Want.NEWEST, expected, answer(Want.NEWEST, reversed(rows))))
        self.assertIsNone(difference(Want.NEWEST, expected, [(3, "c"), (2, "b"), (1, "another of the oldest time")]))
        self.assertIsNotNone(difference(Want.NEWEST, expected, [(3, "c"), (2, "x"), (1, "a")]))
        self.assertIsNotNone(difference(Want.NEWEST, expected, [(3, "c"), (2, "b"), (0, "a")]))
        self.assertIsNotNone(difference(Want.NEWEST, expected, expected[:2]))

    def test_levels_have_one_spelling(self) -> None:
        one = answer(Want.LEVELS, [{"minute": "1970-01-01T00:01:00Z", "level": "warn", "n": "2"}])
        other = answer(Want.LEVELS, [{"minute": MINUTE, "level": "WARNING", "n": 2}])
        self.assertIsNone(difference(Want.LEVELS, one, other))
        self.assertIsNotNone(difference(Want.LEVELS, one, {}))

    def test_the_end_of_a_full_ranking_is_anybodys_choice(self) -> None:
        full = [(f"s{number}", 20 - number) for number in range(9)]
        self.assertIsNone(difference(Want.SERVICES, [*full, ("a", 1)], [*full, ("b", 1)]))
        self.assertIsNotNone(difference(Want.SERVICES, [*full, ("a", 1)], [*full, ("a", 2)]))
        self.assertIsNotNone(difference(Want.SERVICES, [("a", 1)], [("b", 1)]))

    def test_quantiles_may_be_one_per_cent_off(self) -> None:
        exact = {"web": exact_quantiles(range(1, 1_002))}
        self.assertEqual(exact["web"][0], Exact(501, 502))
        self.assertIsNone(difference(Want.QUANTILES, exact, {"web": (506.9, 951, 991)}))
        self.assertIsNotNone(difference(Want.QUANTILES, exact, {"web": (508, 951, 991)}))
        self.assertIsNotNone(difference(Want.QUANTILES, exact, {}))

    def test_only_peers_may_estimate_badly(self) -> None:
        quantiles, count = Question("g", "g", Want.QUANTILES), Question("f", "f", Want.COUNT)
        expected = {"g": {"web": exact_quantiles([100.0])}, "f": 3}
        wrong = {"g": {"web": (200.0, 100.0, 100.0)}, "f": 4}
        results = {name: report.Result(name, "1", answers=wrong) for name in ("bongsu", "victorialogs")}
        differences, estimates = compare([quantiles, count], expected, results)
        self.assertEqual([line[:9] for line in differences], ["bongsu, g", "bongsu, f", "victorial"])
        self.assertEqual(estimates, ["victorialogs, g: p50 of web is 100.00 % off"])

    def test_moved_back(self) -> None:
        self.assertEqual(moved(Want.NEWEST, [(10, "m")], 4), [(6, "m")])
        self.assertEqual(moved(Want.LEVELS, {(10, "INFO"): 1}, 4), {(6, "INFO"): 1})


class Languages(unittest.TestCase):
    span = Span(nanoseconds("2026-11-20T07:13:17.3Z"), nanoseconds("2026-11-20T16:51:41.7Z"))

    def test_sql(self) -> None:
        question = Question("d", "d", Want.LEVELS, Condition(How.SERVICE, "o'neill"), self.span)
        self.assertEqual(
            statement(question, BONGSU),
            "SELECT date_trunc('minute', time) AS minute, level, count(*) AS n FROM logs WHERE service = 'o''neill'"
            " AND time >= TIMESTAMP '2026-11-20 07:13:17.300000Z' AND time < TIMESTAMP '2026-11-20 16:51:41.700000Z'"
            " GROUP BY 1, 2",
        )

    def test_logsql(self) -> None:
        question = Question("d", "d", Want.LEVELS, Condition(How.SERVICE, "web"), self.span)
        self.assertEqual(
            logsql(question),
            "_time:[2026-11-20T07:13:17.300000000Z, 2026-11-20T16:51:41.700000000Z)"
            ' {service="web"} | stats by (_time:1m, level) count() n',
        )
        rare = Question("b", "b", Want.NEWEST, Condition(How.PART, "a.b"))
        self.assertEqual(logsql(rare), rf"~`a\.b` | sort by (_time desc) limit {NEWEST}")
        self.assertEqual(logsql(Question("e", "e", Want.COUNT)), "* | stats count() n")


class Measuring(unittest.TestCase):
    def test_the_clock_counts_threads_that_have_ended(self) -> None:
        before = cpu_seconds(os.getpid())
        thread = threading.Thread(target=_work, args=(0.1,))
        thread.start()
        thread.join()
        self.assertGreaterEqual(cpu_seconds(os.getpid()) - before, 0.09)

    def test_timing(self) -> None:
        runs = []
        found = timing(lambda: runs.append(1), lambda: len(runs) / 1e3, rounds=5)
        self.assertEqual((len(runs), found.rounds), (7, 5))
        self.assertAlmostEqual(found.cpu_ms, 1)
        self.assertAlmostEqual(timing(lambda: 0.25, lambda: 0.0, rounds=4).cpu_ms, 250)

    def test_quiet(self) -> None:
        self.assertTrue(wait_until_quiet(lambda: 0.0, Quiet(0.05, 5), step=0.01))
        self.assertFalse(wait_until_quiet(time.monotonic, Quiet(0.05, 0.2), step=0.01))
        self.assertFalse(wait_until_quiet(lambda: 0.0, Quiet(0.05, 0.2), lambda: False, step=0.01))


class Loading(unittest.TestCase):
    def test_a_busy_server_gets_the_batch_again(self) -> None:
        server = _Server([429, 200, 429, 200, 200])
        self.addCleanup(server.stop)
        answers: list[bytes] = []
        source = _Batches([b"one", b"two", b"three"])
        self.assertEqual(send(server.address, "/in", {}, source, Sending(1, 1), answers.append), 2)
        self.assertEqual(server.bodies, [b"one", b"one", b"two", b"two", b"three"])
        self.assertEqual(answers, [b"{}"] * 3)

    def test_several_connections_send_every_batch_once(self) -> None:
        server = _Server([])
        self.addCleanup(server.stop)
        batches = [str(number).encode() for number in range(50)]
        send(server.address, "/in", {}, _Batches(batches), Sending(1, 4), lambda text: None)
        self.assertEqual(sorted(server.bodies), sorted(batches))

    def test_any_other_refusal_ends_the_load(self) -> None:
        server = _Server([200, 507])
        self.addCleanup(server.stop)
        with self.assertRaisesRegex(EngineError, "507"):
            send(server.address, "/in", {}, _Batches([b"one", b"two"]), Sending(1, 1), lambda text: None)

    def test_a_connection_that_breaks_inside_a_body_is_a_refusal(self) -> None:
        impatient = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(impatient.close)

        def refuse_once() -> None:
            one, _ = impatient.accept()
            one.recv(100)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()

        threading.Thread(target=refuse_once).start()
        broken = Connection(f"127.0.0.1:{impatient.getsockname()[1]}")
        self.assertEqual(broken.post("/in", b"x" * 50_000_000, {}).status, 429)

    def test_a_server_that_is_gone_is_an_engine_error(self) -> None:
        server = _Server([])
        server.stop()
        with self.assertRaisesRegex(EngineError, "POST /in: ConnectionRefused"):
            send(server.address, "/in", {}, _Batches([b"one"]), Sending(1, 1), lambda text: None)


class Engines(WithCorpus):
    """Every installed library gives the answers of the scan."""

    def check(self, begin: type[Engine]) -> None:
        try:
            name = begin.name
            engine = Ripgrep(self.corpus, 2) if begin is Ripgrep else begin(self.corpus, self.folder / name, 2)
        except Missing as missing:
            self.skipTest(str(missing))
        try:
            load = engine.load()
            self.assertIn(load and load.rows, (None, self.corpus.rows))
            expected = scan([self.corpus], self.questions)
            for question in self.questions:
                if run := engine.run(question):
                    run()
                    wrong = difference(question.want, expected[question.key], engine.answer(question))
                    self.assertIsNone(wrong, question.title)
        finally:
            engine.close()

    def test_duckdb(self) -> None:
        self.check(DuckDbTable)

    def test_duckdb_parquet(self) -> None:
        self.check(DuckDbParquet)

    def test_chdb(self) -> None:
        self.check(ChDb)

    def test_ripgrep(self) -> None:
        self.check(Ripgrep)

    def test_the_scan(self) -> None:
        found = scan([self.corpus], self.questions)
        self.assertEqual(len(found["a"]), 1)
        self.assertEqual(found["c_count"], self.lines.path.read_text(encoding="utf-8").count(PHRASE))
        self.assertEqual(sum(found["d"].values()), self.corpus.rows)


class Changing(WithCorpus):
    """Late rows and a deletion, with a store in the place of the server."""

    def setUp(self) -> None:
        super().setUp()
        self.asked = changed.counting_questions(self.corpus)
        self.change = changed.Change(self.corpus, Late(self.corpus, 0.1), changed.errors_of("auth"))

    def outcome(self, store: "_Store") -> tuple[changed.Outcome, list[str]]:
        outcome = changed.measured(store, self.change, self.asked, rounds=1)
        expected = scan([self.corpus, self.change.late], self.asked, self.change.deleted)
        return outcome, changed.differences(self.change, self.asked, expected, outcome)

    def test_all_ways_to_count_are_asked(self) -> None:
        ways = ("", "_where", "_span", "_both")
        self.assertEqual([one.key for one in self.asked], [f"{letter}{way}" for letter in "de" for way in ways])

    def test_the_scan_passes_over_what_was_deleted(self) -> None:
        (errors,) = scan([self.corpus], [Question("n", "n", Want.LEVELS, self.change.deleted[0])]).values()
        all_rows, left = (scan([self.corpus], self.asked, gone)["d"] for gone in ((), self.change.deleted))
        gone = sum(count for (_, level), count in errors.items() if level == "ERROR")
        self.assertGreater(gone, 0)
        self.assertEqual(sum(all_rows.values()) - sum(left.values()), gone)

    def test_a_store_that_does_as_it_is_told_is_right(self) -> None:
        store = _Store()
        outcome, wrong = self.outcome(store)
        self.assertEqual(wrong, [])
        self.assertTrue(store.closed)
        self.assertEqual(outcome.rows, sum(outcome.after.answers["d"].values()))
        self.assertLess(outcome.rows, 2_200)
        self.assertEqual(sum(outcome.before.answers["d"].values()), 2_000)

    def test_a_store_that_deletes_too_little_is_found_out(self) -> None:
        _, wrong = self.outcome(_Store(forgets=True))
        self.assertRegex(wrong[0], r"^deletion: 0 rows instead of \d+$")
        self.assertEqual(sum(line.startswith("after, ") for line in wrong), len(self.asked))

    def test_tables(self) -> None:
        outcome, _ = self.outcome(_Store())
        outcome.before.timings["d_both"] = Timing(cpu_ms=4, wall_ms=10, rounds=1)
        outcome.after.timings["d_both"] = Timing(cpu_ms=5, wall_ms=5, rounds=1)
        self.assertIn(
            "| d. level by minute of one service in a time range | 4.00 | 5.00 | 1.25 | 10.0 | 5.00 | 0.50 |",
            changed.query_table(self.asked, outcome).splitlines(),
        )
        self.assertIn("| stored, bytes | 2,000 | 1,000 | 0.50 |", changed.data_table(outcome))
        self.assertIn("| late rows | 200 | 1.00 | 2.00 | 3.00 |", changed.change_table(outcome))

    def test_the_deletion_is_a_query_of_its_conditions(self) -> None:
        asked: list[list[str]] = []

        class Told(Bongsu):
            def __init__(self) -> None:
                """Without a server."""

            def _without_server(self, words: list[str], rows: Callable[[str], int]) -> Load:
                asked.append(words)
                return _load(rows('{"matched":3,"deleted":3}'), stored=0)

        self.assertEqual(Told().delete(self.change.deleted).rows, 3)
        self.assertEqual(asked[0][:2], ["delete", "service:auth AND level:ERROR"])


class Reporting(WithCorpus):
    def test_figures_have_the_digits_that_matter(self) -> None:
        shown = [report.figure(value) for value in (None, 0, 0.123, 9.876, 98.76, 987.6, 98765.4)]
        self.assertEqual(shown, ["-", "0.00", "0.12", "9.88", "98.8", "988", "98,765"])

    def test_six_engines_fit_the_width(self) -> None:
        titles = ("bongsu", "VictoriaLogs", "ClickHouse", "DuckDB table", "DuckDB Parquet", "ripgrep, raw")
        results = {title: report.Result(title, "1") for title in titles}
        for result in results.values():
            result.timings = {
                question.key: timing(lambda: 123.4, lambda: 0.0, rounds=1) for question in self.questions[:2]
            }
        table = report.query_table("query, CPU ms", self.questions, results, lambda one: one.cpu_ms)
        self.assertLessEqual(max(map(len, table.splitlines())), 160)
        self.assertRegex(table, r"a\. one trace id +123,400 +123,400 +1\.00 ")
        self.assertEqual(len({len(line) for line in table.splitlines()}), 1, "columns are not aligned")


class _Store(Engine):
    """Holds what it was given and answers by scanning it; one that forgets does not delete."""

    title = "after"

    def __init__(self, forgets: bool = False) -> None:
        self._sources: list[Source] = []
        self._deleted: Sequence[Condition] = ()
        self._forgets = forgets
        self.closed = False

    def version(self) -> str:
        return "1"

    def load(self) -> None:
        raise NotImplementedError

    def load_from(self, source: Source) -> Load:
        self._sources.append(source)
        return _load(source.rows, stored=source.rows)

    def delete(self, where: Sequence[Condition]) -> Load:
        before = self._rows()
        self._deleted = () if self._forgets else where
        return _load(before - self._rows(), stored=1_000)

    def run(self, question: Question) -> Callable[[], float]:
        return lambda: 0.001

    def answer(self, question: Question) -> Answer:
        return scan(self._sources, [question], self._deleted)[question.key]

    def cpu(self) -> float:
        return 0.0

    def close(self) -> None:
        self.closed = True

    def _rows(self) -> int:
        return self.answer(Question("n", "n", Want.COUNT))


def _load(rows: int, stored: int) -> Load:
    return Load(rows, cpu=1.0, wall=3.0, cpu_settled=2.0, peak=0, stored=stored, disk=stored)


class _Batches:
    def __init__(self, batches: list[bytes]) -> None:
        self._batches = batches

    def batches(self, size: int) -> Iterator[bytes]:
        return iter(self._batches)


class _Server:
    """Answers with the given statuses, then always with 200."""

    def __init__(self, statuses: list[int]) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(statuses.pop(0) if statuses else 200)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *words: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _work(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        re.escape("work")


if __name__ == "__main__":
    unittest.main()
