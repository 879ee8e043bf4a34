"""The console: in order with what the program prints, and out in time."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import bongsu
from conftest import run


@pytest.fixture
def console(tmp_path: Path) -> Iterator[logging.Logger]:
    bongsu.start(tmp_path / "logs")
    yield logging.getLogger("console")
    bongsu.shutdown()
    bongsu.uninstall()


def plain(text: str) -> list[str]:
    return re.sub(r"\[\d\d:\d\d:\d\d\] ", "", text).splitlines()


def test_lines_stand_in_order_with_prints(console: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    print("one")
    console.info("two %d", 2)
    console.debug("not shown")
    print("three")
    assert plain(capsys.readouterr().out) == ["one", "INFO     | two 2", "three"]


def test_redirected_output_is_followed(console: logging.Logger) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as first:
        console.warning("a")
        with contextlib.redirect_stdout(io.StringIO()) as second:
            console.warning("b")
        console.warning("c")
    assert plain(first.getvalue()) == ["WARNING  | a", "WARNING  | c"]
    assert plain(second.getvalue()) == ["WARNING  | b"]


def test_prints_that_are_logged_do_not_go_round_in_circles(tmp_path: Path) -> None:
    """A stream with which a program has its prints logged is given the console's lines, and logs those as well."""
    program = textwrap.dedent(
        """
        import logging, sys
        import bongsu

        class Logged:
            def write(self, text):
                if text.strip():
                    logging.getLogger("print").info(text.rstrip())
            def flush(self):
                pass

        bongsu.start()
        sys.stdout = Logged()
        for word in ("one", "two", "three"):
            print(word)
        """
    )
    shown = plain(run(program, BONGSU_LOG_DIR=str(tmp_path / "logs")).stdout)
    assert shown[1].endswith("INFO     | one"), shown
    assert shown[2:] == ["INFO     | two", "INFO     | three", "INFO     | Logging stopped"]
    written = (tmp_path / "logs" / "app" / "application.log").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("| ")[2] for line in written[-4:]] == ["one", "two", "three", "Logging stopped"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_not_given_what_it_would_obey(
    console: logging.Logger, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setenv("NO_COLOR", "1")
    said = "a\x1b[2Jb\0c \x1b[31mred\x1b[0m 봉수\r\n"
    with contextlib.redirect_stdout(Stream()) as stream:
        console.warning(said)
    shown = said.replace("\x1b[2J", "\\x1b[2J").replace("\0", "\\x00") if terminal else said
    bare = re.sub(r"^\x1b\[33m|\x1b\[0m\n$", "", stream.getvalue())
    assert bare.rstrip("\n").endswith(f"| {shown}".rstrip("\n"))


@pytest.mark.parametrize("broken", [None, object(), "closed"])
def test_a_console_that_is_gone_is_no_reason_to_stop(console: logging.Logger, broken: object, tmp_path: Path) -> None:
    if broken == "closed":
        broken = io.StringIO()
        broken.close()
    lost = bongsu.stats()["lost"]
    with contextlib.redirect_stdout(broken):  # type: ignore[type-var]
        console.error("x")
    assert bongsu.stats()["lost"] == lost + 1
    for handler in logging.getLogger().handlers:
        handler.flush()
    assert "| x" in (tmp_path / "logs/app/application.log").read_text()


def test_an_interrupt_while_writing_reaches_the_program(console: logging.Logger) -> None:
    class Interrupts(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    with contextlib.redirect_stdout(Interrupts()), pytest.raises(KeyboardInterrupt):
        console.error("x")


def test_letters_that_the_console_does_not_have_are_escaped(tmp_path: Path) -> None:
    code = "import bongsu; bongsu.get_logger('k').info('봉수 é')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "BONGSU_LOG_DIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(Path(bongsu.__file__).parent.parent)
    raw = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, timeout=60, check=True)
    assert rb"| \ubd09\uc218 \xe9" in raw.stdout


def test_colours_only_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("coloured")
    log.propagate = False
    for colours in (True, False, None):
        log.addHandler(bongsu.Handler(layout="{level} {message}", colours=colours))
        log.error("x")
        log.handlers.clear()
    assert capsys.readouterr().out == "\x1b[31mERROR x\x1b[0m\nERROR x\nERROR x\n"


def test_a_terminal_has_colours_and_no_color_is_heard(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    for variables, expected in (
        ({"TERM": "xterm"}, b"\x1b[32m["), ({"NO_COLOR": "1"}, b"["), ({"TERM": "dumb"}, b"[")
    ):
        ours, theirs = pty.openpty()
        environment = {**os.environ, "BONGSU_LOG_DIR": str(tmp_path), **variables}
        environment["PYTHONPATH"] = str(Path(bongsu.__file__).parent.parent)
        code = "import bongsu; bongsu.get_logger('t').info('x')"
        subprocess.run([sys.executable, "-c", code], stdout=theirs, env=environment, timeout=60, check=True)
        os.close(theirs)
        assert os.read(ours, 4096).startswith(expected)
        os.close(ours)


def test_lines_in_a_pipe_are_out_within_a_tenth_of_a_second(tmp_path: Path) -> None:
    code = """
import bongsu, time
log = bongsu.get_logger('pipe')
for burst in range(3):
    for number in range(5):
        log.info('%d %d at %f', burst, number, time.time())
    time.sleep(0.4)
"""
    environment = {**os.environ, "BONGSU_LOG_DIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(Path(bongsu.__file__).parent.parent)
    environment.pop("PYTHONUNBUFFERED", None)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        late = []
        for line in child.stdout:
            now = time.time()
            if " at " in line:
                late.append(now - float(line.rsplit(" ", 1)[1]))
    assert len(late) == 15
    # The median, for the machine may be busy; a line that waits for the next burst would be 0.4 s late.
    assert sorted(late)[7] < 0.1
    assert max(late) < 0.35


def test_nothing_waits_in_a_child_of_a_fork(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    code = """
import bongsu, os, sys
log = bongsu.get_logger('forks')
for number in range(10):
    log.info('line %d', number)
child = os.fork()
log.info('child' if child == 0 else 'parent')
if child:
    os.waitpid(child, 0)
"""
    done = run(code, BONGSU_LOG_DIR=str(tmp_path))
    said = [line.split("| ")[1] for line in done.stdout.splitlines()]
    assert sorted(said) == sorted(["Logging started", *(f"line {n}" for n in range(10)), "child", "parent", "Logging stopped"])
