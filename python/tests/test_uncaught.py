"""What nobody catches, with `start`: logged, and shown as before."""

from __future__ import annotations

import sys
import threading
import warnings
from pathlib import Path

import pytest

import bongsu
from conftest import UNCAUGHT, run

PROGRAM = f"""
import sys
import bongsu
bongsu.start(sys.argv[1], console=False, **eval(sys.argv[2]))
{UNCAUGHT}
raise ValueError("password=hunter2")
"""
SHOWN = ("KeyError: 'in a thread'", "DeprecationWarning: old", "OSError: in the end", "ValueError: password=hunter2")


def test_start_logs_what_nobody_catches_and_python_shows_it(tmp_path: Path) -> None:
    done = run(PROGRAM, str(tmp_path), "{}")
    assert done.returncode == 1
    assert all(done.stderr.count(part) == 1 for part in SHOWN), done.stderr
    text = (tmp_path / "app/application.log").read_text()
    for part in (*SHOWN[:3], "LookupError: in a task", "ValueError: password=***HIDDEN***", "CRITICAL uncaught"):
        assert part in text, part
    assert "hunter2" not in text
    assert "WARNING  py.warnings" in text and "in thread worker" in text and "ERROR    asyncio" in text


def test_it_can_be_left_to_python(tmp_path: Path) -> None:
    done = run(PROGRAM, str(tmp_path), "{'uncaught': False}")
    assert done.returncode == 1 and all(part in done.stderr for part in SHOWN)
    text = (tmp_path / "app/application.log").read_text()
    assert not any(part in text for part in SHOWN) and "LookupError: in a task" in text


def test_hooks_that_were_there_are_called_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: called.append("main"))
    monkeypatch.setattr(threading, "excepthook", lambda args: called.append("thread"))
    monkeypatch.setattr(sys, "unraisablehook", lambda args: called.append("unraisable"))
    monkeypatch.setattr(warnings, "showwarning", lambda *args: called.append("warning"))
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning

    class Odd:
        def __del__(self) -> None:
            raise OSError("odd")

    def work() -> None:
        raise KeyError("x")

    bongsu.start(tmp_path, console=False)
    try:
        sys.excepthook(ValueError, ValueError("x"), None)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        del thread
        Odd()
        warnings.warn("old", UserWarning, stacklevel=1)
    finally:
        bongsu.shutdown()
        bongsu.uninstall()
    assert called == ["main", "thread", "unraisable", "warning"]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning) == before
    assert "UserWarning: old" in (tmp_path / "app/application.log").read_text()


def test_a_hook_that_was_put_over_ours_stays_and_logs_no_more(tmp_path: Path) -> None:
    code = """
import sys
import bongsu
bongsu.start(sys.argv[1], console=False)
below = sys.excepthook
def above(*given):
    print('above')
    below(*given)
sys.excepthook = above
bongsu.shutdown()
assert sys.excepthook is above
bongsu.start(sys.argv[1], console=False)
1 / 0
"""
    done = run(code, str(tmp_path))
    assert done.stdout == "above\n" and done.stderr.count("ZeroDivisionError: division by zero") == 1
    text = (tmp_path / "app/application.log").read_text()
    assert text.count("ZeroDivisionError: division by zero") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_warning_that_logging_captures_is_logged_once(tmp_path: Path, when: str) -> None:
    start = "bongsu.start(sys.argv[1], console=False)"
    capture = "logging.captureWarnings(True)"
    order = [capture, start] if when == "before" else [start, capture]
    code = "\n".join(["import logging, sys, warnings", "import bongsu", *order, "warnings.warn('old')"])
    run(code, str(tmp_path))
    assert (tmp_path / "app/application.log").read_text().count("UserWarning: old") == 1


def test_the_place_of_a_warning_is_where_it_was_given(tmp_path: Path) -> None:
    done = run("import bongsu, sys, warnings\nbongsu.start(sys.argv[1], console=False)\n\nwarnings.warn('old')\n", str(tmp_path))
    assert done.returncode == 0
    told = (tmp_path / "app" / "application.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in told if " py.warnings " in line and " L  4 | " in line], told
