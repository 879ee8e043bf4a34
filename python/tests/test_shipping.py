"""Shipping: what is logged goes to a server as well, once, in its order, whatever happens to the server or the program."""

from __future__ import annotations

import collections
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import counted, run, wait_for
from log_server import LogServer

QUICK = {"batch_age": "10 ms", "retry_from": "5 ms", "retry_to": "20 ms", "flush_for": "60 s"}


@pytest.fixture
def server() -> Iterator[LogServer]:
    """A server that runs; afterwards there is none."""
    server = LogServer()
    yield server
    server.start()
    bongsu.shutdown()
    server.kill()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Afterwards `logging` is as it was."""
    yield
    bongsu.shutdown()
    bongsu.uninstall()


def start(home: Path, server: LogServer, **options: Any) -> bongsu.Shipper:
    bongsu.start(home, console=False, ship={"url": server.url, **QUICK, **options})
    shipper = bongsu.shipper()
    assert shipper is not None
    return shipper


def test_every_record_is_sent_as_it_is_written(tmp_path: Path, server: LogServer) -> None:
    shipper = start(tmp_path, server, token="t-1234", headers={"X-Tenant": "films"}, service="shop", host="h1")
    log = bongsu.get_logger("shop.orders")
    with bongsu.contextualize(user="kim"):
        log.info("paid %d", 42)
    logging.getLogger("library").debug("with %s", "extra", extra={"rows": 5})
    bongsu.log_performance("api", "call", 0.5)
    try:
        raise KeyError("no film")
    except KeyError:
        log.exception("failed")
    assert shipper.flush() and shipper.trouble() is None
    sent = {record["Body"].splitlines()[0]: record for record in server.records()}
    assert list(sent) == ["Logging started", "paid 42", "with extra", "call completed in 0.500s", "failed"]
    paid = sent["paid 42"]
    assert (paid["SeverityText"], paid["InstrumentationScope"]["name"]) == ("INFO", "shop.orders")
    assert paid["Attributes"]["user"] == "kim" and sent["with extra"]["Attributes"]["rows"] == 5
    assert paid["Resource"] == {"service.name": "shop", "host.name": "h1"}
    assert paid["Attributes"]["code.function.name"] == "test_every_record_is_sent_as_it_is_written"
    assert "KeyError: 'no film'" in sent["failed"]["Body"]
    assert (server.headers[0]["authorization"], server.headers[0]["x-tenant"]) == ("Bearer t-1234", "films")
    stats = shipper.stats()
    assert (stats["handed"], stats["sent"], stats["spooled_bytes"]) == (5, 5, 0)


def test_no_secret_is_sent_nor_stands_in_the_spool(tmp_path: Path, server: LogServer) -> None:
    server.kill()
    shipper = start(tmp_path, server, flush_for="1 ms")
    bongsu.mask(r"EMP\d{6}", fields=["pin"])
    try:
        log = bongsu.get_logger("secrets")
        log.info("password=%s EMP004711", "hunter2-Zq", extra={"pin": 9321, "deep": {"api_key": "k-8f2a77c1"}})
        try:
            raise ValueError("token=abcdef123456")
        except ValueError:
            log.exception("with a traceback")
        spool = b"".join(path.read_bytes() for path in (tmp_path / ".bongsu/ship").rglob("*.seg"))
        assert spool.count(b"***HIDDEN***") >= 4
        server.start()
        assert shipper.flush(60)
    finally:
        bongsu.reset_mask()
    text = spool.decode() + json.dumps(server.records())
    assert not any(secret in text for secret in ("hunter2", "EMP004711", "9321", "k-8f2a77c1", "abcdef123456"))


def test_only_the_levels_that_were_asked_for(tmp_path: Path, server: LogServer) -> None:
    shipper = start(tmp_path, server, level="WARNING")
    log = bongsu.get_logger("levels", level="DEBUG")
    log.info("no")
    log.warning("yes")
    assert shipper.flush()
    assert server.bodies() == ["yes"]


def test_calls_stay_quick_and_a_formatter_does_not_change_what_is_sent(tmp_path: Path, server: LogServer) -> None:
    shipper = start(tmp_path, server)
    log = bongsu.get_logger("quick.shipped")
    assert counted(lambda: log.info("x")) == {"fast": 1, "written": 1}
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter("%(message)s!"))
    log.info("y")
    assert shipper.flush()
    assert server.bodies()[-2:] == ["x", "y"]


def test_a_server_that_dies_and_comes_again_has_each_record_once_and_in_order(tmp_path: Path, server: LogServer) -> None:
    shipper = start(tmp_path, server, batch_records=50)
    done = threading.Event()

    def work(name: str) -> int:
        log = bongsu.get_logger(name)
        number = 0
        while not done.is_set():
            for _ in range(20):
                log.info("%s %d", name, number)
                number += 1
            done.wait(0.001)
        return number

    counts: dict[str, int] = {}
    threads = [threading.Thread(target=lambda name=name: counts.update({name: work(name)})) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for _ in range(4):
        have = len(server.records())
        wait_for(lambda have=have: len(server.records()) > have + 200)  # type: ignore[misc]
        replays, server.lose_answers = server.replays, True
        # What was kept and not answered comes again, under the same key.
        wait_for(lambda replays=replays: server.replays > replays)  # type: ignore[misc]
        server.kill()
        server.lose_answers = False
        handed = shipper.stats()["handed"]
        wait_for(lambda handed=handed: shipper.stats()["handed"] > handed + 200)  # type: ignore[misc]
        assert shipper.trouble() is not None
        server.start()
    done.set()
    for thread in threads:
        thread.join()
    assert shipper.flush(120)
    for name, count in counts.items():
        said = [body for body in server.bodies() if body.startswith(f"{name} ")]
        assert said == [f"{name} {number}" for number in range(count)]
    stats = shipper.stats()
    assert stats["handed"] == stats["sent"] and stats["retried"] > 0
    assert stats["refused"] == stats["damaged"] == stats["failed"] == stats["spooled_bytes"] == 0


def test_what_a_killed_program_left_is_sent_by_the_next(tmp_path: Path, server: LogServer) -> None:
    code = """
import os, signal, sys
import bongsu
bongsu.start(sys.argv[1], console=False, ship={'url': sys.argv[2], 'batch_age': '1 hour'})
log = bongsu.get_logger('killed')
for number in range(500):
    log.info('line %d', number)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run(code, str(tmp_path), server.url)
    assert server.bodies() == []
    shipper = start(tmp_path, server)
    assert shipper.flush()
    assert [body for body in server.bodies() if body.startswith("line")] == [f"line {number}" for number in range(500)]


def test_the_end_of_a_program_sends_what_waits_and_keeps_what_comes_later(tmp_path: Path, server: LogServer) -> None:
    code = """
import atexit, logging, sys
atexit.register(lambda: logging.getLogger('late').warning('after the end'))
import bongsu
bongsu.start(sys.argv[1], console=False, ship={'url': sys.argv[2], 'batch_age': '1 hour', 'flush_for': '60 s'})
bongsu.get_logger('ends').info('begun')
"""
    done = run(code, str(tmp_path), server.url)
    assert done.returncode == 0 and done.stderr == ""
    assert server.bodies() == ["Logging started", "begun", "Logging stopped"]
    assert start(tmp_path, server).flush()
    assert "after the end" in server.bodies()


def test_a_program_ends_though_the_server_is_away_and_loses_nothing(tmp_path: Path, server: LogServer) -> None:
    server.kill()
    code = """
import sys
import bongsu
bongsu.start(sys.argv[1], console=False, ship={'url': sys.argv[2], 'flush_for': '50 ms'})
bongsu.get_logger('away').info('kept')
if sys.argv[3] == 'shutdown':
    bongsu.shutdown()
"""
    for how in ("exit", "shutdown"):
        done = run(code, str(tmp_path), server.url, how)
        assert done.returncode == 0 and done.stderr == ""
    server.start()
    assert start(tmp_path, server).flush()
    assert server.bodies().count("kept") == 2


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_ship_too(tmp_path: Path, server: LogServer, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    program = tmp_path / "program.py"
    program.write_text(
        """
import logging, multiprocessing, sys
import bongsu

def work(number):
    log = logging.getLogger(f'worker.{number}')
    for line in range(100):
        log.info('worker %d line %d', number, line)

if __name__ == '__main__':
    bongsu.start('logs', console=False, ship={'url': sys.argv[1], 'batch_age': '20 ms', 'flush_for': '60 s'})
    log = logging.getLogger('parent')
    log.info('begin')
    children = [multiprocessing.get_context(sys.argv[2]).Process(target=work, args=(number,)) for number in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    log.info('end')
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    command = [sys.executable, str(program), server.url, method]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    expected = [f"worker {number} line {line}" for number in range(3) for line in range(100)]
    told = collections.Counter(server.bodies())
    assert told == collections.Counter(["Logging started", "begin", *expected, "end", "Logging stopped"])
    for number in range(3):
        said = [body for body in server.bodies() if body.startswith(f"worker {number}")]
        assert said == expected[number * 100 : number * 100 + 100]


def test_a_full_spool_holds_nobody_up_longer_than_configured(tmp_path: Path, server: LogServer) -> None:
    server.kill()
    options = {"spool_size": "64 KiB", "flush_for": "1 ms"}
    shipper = start(tmp_path / "newest", server, when_full="drop-newest", **options)
    log = bongsu.get_logger("full")
    for number in range(1000):
        log.info("line %d %s", number, "x" * 200)
    stats = shipper.stats()
    assert stats["dropped_newest"] > 0 and stats["handed"] == 1001
    bongsu.shutdown()

    shipper = start(tmp_path / "block", server, when_full="block", block_for="1 ms", **options)
    log = bongsu.get_logger("full")
    counting, stop = [0], threading.Event()

    def beside() -> None:
        while not stop.wait(0):
            counting[0] += 1

    thread = threading.Thread(target=beside)
    thread.start()
    # Each of these calls waits; the other thread has the interpreter meanwhile.
    while shipper.stats()["blocked"] < 20:
        log.info("x" * 2000)
    before = counting[0]
    while shipper.stats()["blocked"] < 40:
        log.info("x" * 2000)
    assert counting[0] > before
    stop.set()
    thread.join()
    assert shipper.stats()["dropped_newest"] > 0
    assert len((tmp_path / "block/app/full.log").read_text().splitlines()) >= 40


def test_no_shipper_where_nobody_asked_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bongsu.shipper() is None
    monkeypatch.setenv("BONGSU_LOG_SHIP_URL", "http://127.0.0.1:9")
    bongsu.start(tmp_path / "off", console=False, ship=False)
    assert bongsu.shipper() is None and not (tmp_path / "off/.bongsu/ship").exists()
    bongsu.shutdown()
    monkeypatch.setenv("BONGSU_LOG_SHIP_FLUSH_FOR", "1 ms")
    bongsu.start(tmp_path / "on", console=False)
    shipper = bongsu.shipper()
    assert shipper is not None and not shipper.flush(0)
    with pytest.raises(bongsu.BongsuError, match=r"flush\(-1.*seconds"):
        shipper.flush(-1)


class Bongsu:
    """The real server."""

    def __init__(self, binary: str, data: Path, port: int = 0) -> None:
        command = [binary, "serve", "--http", f"127.0.0.1:{port}", "--data", str(data)]
        environment = {**os.environ, "LANG": "C"}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        told = next(line for line in self.process.stderr if "http://" in line)
        self.url = next(word for word in told.split() if word.startswith("http://"))
        self.port = int(self.url.rpartition(":")[2])
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.kill()
        self.process.wait()


@pytest.mark.skipif("BONGSU" not in os.environ, reason="BONGSU names no binary")
def test_the_real_server_that_is_killed_under_load_has_each_record_once(tmp_path: Path) -> None:
    binary = os.environ["BONGSU"]
    data = tmp_path / "data"
    server = Bongsu(binary, data)
    ship = {"url": server.url, "service": "films", "batch_records": 200, **QUICK}
    bongsu.start(tmp_path / "logs", console=False, ship=ship)
    shipper = bongsu.shipper()
    assert shipper is not None
    log = bongsu.get_logger("load")
    number = 0
    for _ in range(3):
        sent = shipper.stats()["sent"]
        while shipper.stats()["sent"] < sent + 500:
            for _ in range(50):
                log.info("n=%d", number)
                number += 1
        server.kill()
        for _ in range(200):
            log.info("n=%d", number)
            number += 1
        server = Bongsu(binary, data, server.port)
    assert shipper.flush(120), shipper.trouble()
    bongsu.shutdown()
    server.kill()
    statement = (
        "SELECT count(*) AS n, count(DISTINCT message) AS d, min(service) AS service, min(logger) AS logger "
        "FROM logs WHERE message LIKE 'n=%'"
    )
    command = [binary, "sql", "--output-format", "json", "--data", str(data), statement]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout)
    rows = answer if isinstance(answer, list) else [answer]
    assert rows == [{"n": number, "d": number, "service": "films", "logger": "load"}]
