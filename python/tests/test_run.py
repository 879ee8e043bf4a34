"""`python -m bongsu.run`: a program that knows nothing of bongsu, with and without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import bongsu
from conftest import UNCAUGHT

PACKAGE = str(Path(bongsu.__file__).parent.parent)


def python(folder: Path, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": PACKAGE, "BONGSU_LOG_DIR": str(folder / "logs")}
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, timeout=timeout, env=environment, cwd=folder, check=False
    )


def both(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs a program without and with bongsu; what is seen of it must be the same."""
    plain, logged = python(folder, *args), python(folder, "-m", "bongsu.run", *args)
    assert (logged.returncode, logged.stdout) == (plain.returncode, plain.stdout)
    assert logged.stderr == plain.stderr
    return logged


def log(folder: Path, name: str = "app/application.log") -> str:
    return (folder / "logs" / name).read_text(encoding="utf-8")


def script(folder: Path, source: str, name: str = "program.py") -> str:
    (folder / name).write_text(source)
    return name


def test_a_script_is_what_it_is_without_bongsu(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("VALUE = 3\n")
    source = """
import json, logging, pickle, sys, beside
class Film: pass
log = logging.getLogger("films")
log.debug("not seen %d", 1)
log.info("loaded %d", 20)
log.warning("careful")
main = sys.modules["__main__"]
assert pickle.loads(pickle.dumps(Film())).__class__ is Film
print(json.dumps([sys.argv, __name__, __file__, main.__dict__ is globals(), beside.VALUE, __spec__, __package__, sys.path[0]]))
sys.exit(7)
"""
    done = both(tmp_path, script(tmp_path, source), "-x", "--home", "2")
    assert done.returncode == 7 and done.stderr == "careful\n"
    assert json.loads(done.stdout)[0] == ["program.py", "-x", "--home", "2"]
    text = log(tmp_path)
    assert all(message in text for message in ("not seen 1", "loaded 20", "careful"))
    assert "Logging started" in log(tmp_path, "app/system.log") and "Logging stopped" in log(tmp_path, "app/system.log")


def test_a_module_is_run_as_python_does(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "import logging, sys\nfrom . import orders\nlogging.getLogger('shop').info('main')\n"
        "print(sys.argv, __name__, __spec__.name, __package__, orders.VALUE)\n"
    )
    (package / "orders.py").write_text("VALUE = 1\n")
    both(tmp_path, "-m", "shop", "a")
    assert "main" in log(tmp_path)
    both(tmp_path, "-m", "shop.orders")


def test_a_folder_with_a_main_is_run(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    script(tmp_path, "import beside, sys\nprint(beside.VALUE, sys.argv, sys.path[0], __spec__.name)\n", "app/__main__.py")
    script(tmp_path, "VALUE = 5\n", "app/beside.py")
    assert both(tmp_path, "app", "x").stdout.startswith("5 ['app', 'x']")


def test_an_uncaught_exception_is_logged_and_shown_as_it_was(tmp_path: Path) -> None:
    source = "def fail(password):\n    raise ValueError('bad ' + password)\nfail('password=hunter2')\n"
    done = both(tmp_path, script(tmp_path, source))
    assert done.returncode == 1 and "bongsu" not in done.stderr
    text = log(tmp_path, "error/error.log")
    assert "CRITICAL uncaught        fail                 L  2 | Uncaught ValueError" in text
    assert "ValueError: bad password=***HIDDEN***" in text
    both(tmp_path, script(tmp_path, "def f(:\n"))
    both(tmp_path, script(tmp_path, "import sys\nsys.exit('a reason')\n"))
    both(tmp_path, script(tmp_path, "import sys\nsys.excepthook = lambda *given: print('own', given[0])\n1 / 0\n"))


def test_threads_tasks_warnings_and_what_cannot_be_raised(tmp_path: Path) -> None:
    path = script(tmp_path, UNCAUGHT)
    plain, logged = python(tmp_path, path), python(tmp_path, "-m", "bongsu.run", path)
    assert logged.returncode == plain.returncode == 0
    for part in ("KeyError: 'in a thread'", "DeprecationWarning: old", "OSError: in the end", "LookupError: in a task"):
        assert logged.stderr.count(part) == plain.stderr.count(part), part
        assert part in log(tmp_path), part
    text = log(tmp_path)
    assert "ERROR    uncaught        work" in text and "in thread worker" in text
    assert "WARNING  py.warnings" in text and "ERROR    asyncio" in text


@pytest.mark.parametrize(
    "setup",
    [
        "logging.basicConfig(level=logging.INFO, format='%(levelname)s:%(message)s')",
        "logging.basicConfig()",
        "logging.config.dictConfig({'version': 1, 'handlers': {'h': {'class': 'logging.StreamHandler'}}, "
        "'root': {'level': 'INFO', 'handlers': ['h']}})",
        "logging.getLogger().addHandler(logging.StreamHandler()); logging.getLogger().setLevel('ERROR')",
    ],
)
def test_a_program_that_sets_logging_up_shows_what_it_showed(tmp_path: Path, setup: str) -> None:
    source = f"import logging, logging.config\n{setup}\nlog = logging.getLogger('own')\nlog.info('a')\nlog.error('b')\n"
    done = both(tmp_path, script(tmp_path, source))
    assert done.stderr
    assert "| b" in log(tmp_path)


def test_interrupts_end_it_as_they_did(tmp_path: Path) -> None:
    path = script(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(30)\n")
    # A shell has jobs in its background ignore the signal, and what they start would ignore it, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = both(tmp_path, path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.returncode == -signal.SIGINT


def test_options_for_the_home_the_console_and_what_is_timed(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def load(): return 1\n")
    path = script(tmp_path, "import logging, work\nwork.load()\nlogging.getLogger('x').info('seen')\nprint('out')\n")
    options = ["--home", "elsewhere", "--console", "--instrument", "work", "--level", "info"]
    done = python(tmp_path, "-m", "bongsu.run", *options, path)
    assert done.returncode == 0 and "INFO     | seen" in done.stdout and "out\n" in done.stdout
    home = tmp_path / "elsewhere"
    assert "load completed in" in (home / "performance" / "work_performance.log").read_text()


def test_children_of_multiprocessing_find_the_program(tmp_path: Path) -> None:
    source = """
import multiprocessing, sys
def double(number): return number * 2
if __name__ == "__main__":
    for way in ("spawn", "fork"):
        with multiprocessing.get_context(way).Pool(2) as pool:
            print(pool.map(double, [1, 2]))
"""
    both(tmp_path, script(tmp_path, source))


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["no_such.py"], 2, "can't open file"),
        (["-m", "no_such_module"], 1, "No module named no_such_module"),
        (["--level", "LOUD", "x.py"], 2, "unknown level 'LOUD'"),
        ([], 2, "usage: python -m bongsu.run"),
        (["--instrument", "bongsu", "x.py"], 2, "cannot time itself"),
    ],
)
def test_a_wrong_word_is_told(tmp_path: Path, args: list[str], code: int, said: str) -> None:
    done = python(tmp_path, "-m", "bongsu.run", *args)
    assert done.returncode == code and said in done.stderr
    if code == 2 and args[:1] == ["no_such.py"]:
        assert python(tmp_path, *args).stderr == done.stderr
