"""What others test of `logging` holds with bongsu turned on: CPython's own tests, and pytest's fixtures."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bongsu
from conftest import run

CPYTHON = """
import json, sys, unittest
import bongsu
bongsu.install()
from test import test_logging
bound = vars(__import__('logging').getLogger('probe'))['info']
assert type(bound.__self__).__module__ == 'bongsu._core'
result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(test_logging))
print(json.dumps([result.testsRun, len(result.failures) + len(result.errors), bongsu.stats()]))
"""


@pytest.mark.skipif(importlib.util.find_spec("test.test_logging") is None, reason="this Python has no tests of its own")
def test_the_tests_of_cpython_pass_and_each_call_went_the_way_it_should(tmp_path: Path) -> None:
    done = run(CPYTHON, timeout=400, TMPDIR=str(tmp_path))
    count, failed, stats = json.loads(done.stdout.splitlines()[-1])
    assert failed == 0, done.stderr[-5000:]
    assert count > 150
    # Calls whose level is off are plain. All others meet handlers of the tests' own, filters, factories or subclasses: each call
    # that was left to the standard library was so for a reason.
    reasons = sum(stats[why] for why in ("replaced", "filtered", "foreign", "unhandled", "unusual"))
    assert stats["slow"] == reasons > 400
    assert stats["fast"] == stats["off"] + stats["written"] > 20


PYTEST = """
import logging
import bongsu

log = logging.getLogger("tested")

def test_caplog(caplog, tmp_path):
    bongsu.start(tmp_path, console=False)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="tested"):
        log.info("a %d", 1)
        log.debug("b")
    assert caplog.record_tuples == [("tested", logging.INFO, "a 1")]
    assert caplog.records[0].funcName == "test_caplog"
    assert "a 1" in caplog.text
    caplog.clear()
    class NoNo(logging.Filter):
        def filter(self, record):
            return "no" not in record.getMessage()
    with caplog.filtering(NoNo()):
        log.warning("yes")
        log.warning("no")
    assert caplog.messages == ["yes"]
    bongsu.shutdown()

def test_capsys(capsys, tmp_path):
    bongsu.start(tmp_path)
    capsys.readouterr()
    log.info("shown")
    print("printed")
    assert [line[-5:] for line in capsys.readouterr().out.splitlines()] == ["shown", "inted"]
    bongsu.shutdown()

def test_capfd(capfd, tmp_path):
    bongsu.start(tmp_path)
    capfd.readouterr()
    log.info("shown")
    print("printed", flush=True)
    assert [line[-5:] for line in capfd.readouterr().out.splitlines()] == ["shown", "inted"]
    bongsu.shutdown()
"""


def test_fixtures_of_pytest_work_unmodified(tmp_path: Path) -> None:
    file = tmp_path / "test_fixtures.py"
    file.write_text(PYTEST)
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
