"""What frameworks do to `logging` behind the back of a program: the log home goes on, each record once."""

from __future__ import annotations

import importlib.util
import logging
import logging.config
import os
import signal
import socket
import subprocess
import sys
import textwrap
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import Lines, counted, run, wait_for

CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["nowhere"], "level": "INFO"},
}
# What uvicorn gives its loggers, gunicorn and Django theirs.
ALONE: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"screen": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "loggers": {"server": {"handlers": ["screen"], "level": "INFO"}, "server.access": {"handlers": ["screen"], "propagate": False}},
}
INI = "[loggers]\nkeys=root\n[handlers]\nkeys=n\n[formatters]\nkeys=\n[logger_root]\nlevel=INFO\nhandlers=n\n[handler_n]\nclass=NullHandler\nargs=()\n"


def said(lines: list[str], name: str) -> list[str]:
    return [line.split("| ", 1)[1] for line in lines if f" {name} " in line]


def ini(path: Path) -> None:
    path.write_text(INI)
    logging.config.fileConfig(path)


def one_by_one() -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a dictionary": lambda path: logging.config.dictConfig(CONFIGURATION),
    "a dictionary that turns loggers off": lambda path: logging.config.dictConfig({**CONFIGURATION, "disable_existing_loggers": True}),
    "an ini file": lambda path: ini(path / "logging.ini"),
    "basicConfig": lambda path: logging.basicConfig(force=True, handlers=[logging.NullHandler()]),
    "no list": lambda path: setattr(logging.getLogger(), "handlers", []),
    "an empty list": lambda path: logging.getLogger().handlers.clear(),
    "one by one": lambda path: one_by_one(),
}


@pytest.fixture
def others() -> Iterator[None]:
    """Loggers that a configuration turns off are turned on again."""
    on = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger) and not one.disabled]
    yield
    for logger in on:
        logger.disabled = False


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_done_to_the_root_logger_the_home_has_every_record_once(
    change: Callable[[Path], object], others: None, home: Path, lines: Lines, tmp_path: Path
) -> None:
    root, log = logging.getLogger(), bongsu.get_logger("framed")
    log.error("before")
    change(tmp_path)
    log.error("after")
    logging.getLogger(f"framed.{tmp_path.name}").error("new")
    bongsu.start(home)
    assert len([handler for handler in root.handlers if isinstance(handler, bongsu.Handler)]) == 2
    log.error("again")
    for name in ("app/application.log", "error/error.log"):
        assert [line.split("| ", 1)[1] for line in lines(name) if "framed" in line] == ["before", "after", "new", "again"], name
    assert said(lines("app/framed.log"), "framed") == ["before", "after", "again"]
    bongsu.shutdown()
    log.error("over")
    assert not any(isinstance(handler, bongsu.Handler) for handler in (*root.handlers, *log.handlers))
    assert "over" not in (home / "app/application.log").read_text()
    system = (home / "app/system.log").read_text()
    assert system.count("Logging started") == system.count("Logging stopped") == 1
    one_by_one()


@pytest.mark.parametrize("first", [True, False], ids=["configured before", "configured after"])
def test_loggers_that_do_not_propagate(first: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bongsu.start(tmp_path, console=False, config=ALONE if first else None)
    if not first:
        logging.config.dictConfig(ALONE)
    log = logging.getLogger("server.access")
    log.error("GET / %d", 500)
    bongsu.shutdown()
    bongsu.uninstall()
    assert capsys.readouterr().out == "GET / 500\n"
    for name in ("app/application.log", "error/error.log"):
        assert (tmp_path / name).read_text().count("GET / 500") == 1, name
    for name in ALONE["loggers"]:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def test_a_logger_that_stops_to_propagate_later(home: Path, lines: Lines) -> None:
    log = logging.getLogger("later.below")
    log.info("1")
    logging.getLogger("later").propagate = False
    assert counted(lambda: log.info("2"))["slow"] == 1
    log.addHandler(logging.NullHandler())
    assert counted(lambda: log.info("3")) == {"fast": 1, "written": 1}, "nothing but the home is left to write to"
    application = logging.getLogger().handlers[0]
    log.addHandler(application)
    log.info("4")
    log.handlers.clear()
    logging.getLogger("later").propagate = True
    log.info("5")
    assert said(lines("app/application.log"), "later.below") == ["1", "2", "3", "4", "5"]


def test_a_logger_of_a_class_of_its_own(home: Path, lines: Lines) -> None:
    class Own(logging.Logger):
        def info(self, msg: object, *args: object, **kwargs: Any) -> None:
            super().info(f"own {msg}", *args, **kwargs)

    logging.setLoggerClass(Own)
    try:
        log = logging.getLogger("framed.own.class")
    finally:
        logging.setLoggerClass(logging.Logger)
    log.propagate = False
    log.info("%d", 1)
    assert said(lines("app/application.log"), "framed.own.class") == ["own 1"]


def test_a_handler_that_raises_does_not_keep_the_record_from_the_home(home: Path, lines: Lines) -> None:
    class Fails(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise OSError("no")

    log = logging.getLogger("raises")
    log.propagate = False
    log.addHandler(Fails())
    with pytest.raises(OSError, match="no"):
        log.error("kept")
    log.handlers.clear()
    log.propagate = True
    assert said(lines("error/error.log"), "raises") == ["kept"]


def test_private_loggers_keep_their_records(tmp_path: Path) -> None:
    bongsu.start(tmp_path, console=False, private=["audit"])
    names = ("audit", "audit.roles", "auditor")
    for name in names:
        logging.getLogger(name).propagate = False
        logging.getLogger(name).warning("from %s", name)
    logging.getLogger("audit").propagate = True
    logging.getLogger("audit").warning("propagates")
    for name in names:
        logging.getLogger(name).propagate = True
    bongsu.shutdown()
    bongsu.uninstall()
    written = (tmp_path / "app/application.log").read_text()
    assert [line.split("| ")[1] for line in written.splitlines() if "Logging" not in line] == ["from auditor", "propagates"]


@pytest.mark.parametrize("given", ["audit", [], [1], 5])
def test_names_that_are_none_are_an_error(given: Any, tmp_path: Path) -> None:
    with pytest.raises(bongsu.BongsuError, match=r'start\(private=.*names of loggers, such as \["audit"\]'):
        bongsu.start(tmp_path, private=given)


def test_the_console_is_left_out_where_the_screen_has_the_record(tmp_path: Path) -> None:
    code = """
import logging, sys, bongsu
bongsu.start(sys.argv[1])
alone, shown = logging.getLogger('alone'), logging.getLogger('shown')
alone.propagate = shown.propagate = False
shown.addHandler(logging.StreamHandler(sys.stdout))
shown.handlers[0].setLevel('ERROR')
alone.warning('a'); shown.warning('b'); shown.error('c')
"""
    done = run(code, str(tmp_path))
    assert [line.split("| ")[-1] for line in done.stdout.splitlines()] == ["Logging started", "a", "b", "c", "Logging stopped"]
    assert done.stderr == "", "the handler of last resort is not needed"


def test_tests_see_what_they_saw(home: Path, lines: Lines) -> None:
    class Case(unittest.TestCase):
        def runTest(self) -> None:
            with self.assertLogs("seen", "INFO") as found:
                logging.getLogger("seen").info("x")
            assert found.output == ["INFO:seen:x"]

    result = unittest.TestResult()
    Case().run(result)
    assert result.wasSuccessful(), result.failures
    assert said(lines("app/application.log"), "seen") == ["x"]


def test_what_is_shipped(tmp_path: Path) -> None:
    bongsu.start(tmp_path, console=False, ship={"url": "http://127.0.0.1:9", "flush_for": "1 ms"})
    log = logging.getLogger("alone.shipped")
    log.propagate = False
    shipper = bongsu.shipper()
    assert shipper is not None
    before = shipper.stats()["handed"]
    log.error("x")
    assert shipper.stats()["handed"] == before + 1
    log.propagate = True
    bongsu.shutdown()
    bongsu.uninstall()


WAITS = """
import signal, sys, threading, bongsu
bongsu.start(sys.argv[1], console=False)
{0}
print("ready", flush=True)
{1}
"""
DEFAULT = ("", "threading.Event().wait()")
# As uvicorn does: its own handler for as long as it serves, then the one before and the signal once more.
GRACEFUL = (
    "ends = threading.Event()\nbefore = signal.signal(signal.SIGTERM, lambda *given: ends.set())",
    "while not ends.wait(0.01): pass\nsignal.signal(signal.SIGTERM, before)\nsignal.raise_signal(signal.SIGTERM)",
)
BUSY = ("import ctypes", "ctypes.PyDLL(None).pause()  # holds the interpreter's lock")
THREAD = ("", "import time\nthreading.Thread(target=time.sleep, args=(60,)).start()")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
@pytest.mark.parametrize("way", [DEFAULT, GRACEFUL, BUSY, THREAD], ids=["default", "graceful", "busy", "thread"])
@pytest.mark.parametrize("mode", ["journal", "plain"])
def test_sigterm_leaves_a_record_of_the_end(way: tuple[str, str], mode: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent), "BONGSU_LOG_MODE": mode}
    program = subprocess.Popen(
        [sys.executable, "-c", WAITS.format(*way), str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None and program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == -signal.SIGTERM
    program.stdout.close()
    for name in ("app/system.log", "app/application.log"):
        written = [line.split("| ")[1] for line in (tmp_path / name).read_text().splitlines()]
        assert written == ["Logging started", "Logging stopped"], name


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are not forked")
def test_a_forked_child_that_is_terminated_does_not_end_the_log(tmp_path: Path) -> None:
    code = """
import logging, os, signal, sys, bongsu
bongsu.start(sys.argv[1], console=False)
before = signal.getsignal(signal.SIGTERM)
child = os.fork()
if child == 0:
    logging.getLogger('child').info('here')
    os.kill(os.getpid(), signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
bongsu.shutdown()
print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
"""
    assert run(code, str(tmp_path)).stdout == f"{-signal.SIGTERM}\nTrue\n"
    assert (tmp_path / "app/system.log").read_text().count("Logging stopped") == 1


def installed(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed")


def serve(folder: Path, *command: str) -> tuple[subprocess.Popen[str], int]:
    """Starts a server at a free port, with the log home `logs`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(bongsu.__file__).parent.parent), str(folder)])}
    arguments = [part.replace("PORT", str(port)) for part in command]
    server = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return server, port


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(100) != b""
    except OSError:
        return False


ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        raise RuntimeError("no answer for you")
"""


@installed("uvicorn")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_uvicorn(workers: str, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(ASGI)
    server, port = serve(tmp_path, "-m", "bongsu.run", "-m", "uvicorn", "served:app", "--port", "PORT", "--workers", workers)
    wait_for(lambda: answers(port))
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=60)
    errors = (tmp_path / "logs/error/error.log").read_text()
    assert "Exception in ASGI application" in errors and "RuntimeError: no answer for you" in errors
    assert '"GET / HTTP/1.0" 500' in (tmp_path / "logs/app/application.log").read_text()
    system = (tmp_path / "logs/app/system.log").read_text()
    assert system.count("Logging started") == system.count("Logging stopped") == 1


CELERY = """
import logging, bongsu
from celery import Celery
app = Celery("tasks", broker="memory://", backend="cache+memory://")
bongsu.start("logs", console=False)
@app.task
def add(number):
    logging.getLogger("plain").info("plain %d", number)
    if number == 2: raise ValueError("two")
from celery.contrib.testing.worker import start_worker
app.loader.import_module("celery.contrib.testing.tasks")
app.log.setup(loglevel="INFO", redirect_stdouts=False)
with start_worker(app, perform_ping_check=False, loglevel="INFO"):
    for result in [add.delay(number) for number in range(3)]:
        result.get(timeout=30, propagate=False)
"""


@installed("celery")
def test_celery(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(textwrap.dedent(CELERY))
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "tasks.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    application = (tmp_path / "logs/app/application.log").read_text()
    assert [application.count(f"plain {number}\n") for number in range(3)] == [1, 1, 1]
    assert "ValueError: two" in (tmp_path / "logs/error/error.log").read_text()
