"""Files that cannot be opened: what logs goes on, and a set-up says so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bongsu
from conftest import Lines, run

BLOCKED = "app/blocked.log"


@pytest.fixture
def blocked(home: Path) -> Path:
    """A folder in the place of a component's file, and of the file of its durations."""
    for name in (BLOCKED, "performance/blocked_performance.log"):
        (home / name).mkdir(parents=True)
    return home


def test_a_context_goes_on_and_its_lines_are_in_the_common_file(
    blocked: Path, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        with bongsu.LogContext("blocked", "work") as context:
            context.log_info("inside")
    assert sum("work | inside" in line for line in lines("app/application.log")) == 2
    told = capsys.readouterr().err
    assert told.count("bongsu: cannot open the log file") == 2, "one for each file"
    assert BLOCKED in told


def test_durations_and_decorated_functions_go_on(blocked: Path, lines: Lines) -> None:
    @bongsu.log_execution(component="blocked")
    def work() -> int:
        return 7

    bongsu.log_performance("blocked", "load", 1.0)
    assert [work(), work()] == [7, 7]
    written = lines("app/application.log")
    assert sum("load completed in 1.000s" in line for line in written) == 1
    assert sum("Completed work" in line for line in written) == 2
    for name in (BLOCKED, "performance/blocked_performance.log"):
        (blocked / name).rmdir()
    work()
    assert len(lines(BLOCKED)) == 2, "as soon as it can be opened"


def test_a_set_up_says_what_is_wrong(blocked: Path) -> None:
    for ask in (
        lambda: bongsu.get_logger("blocked"),
        lambda: bongsu.get_performance_logger("blocked"),
        lambda: bongsu.Handler(blocked / BLOCKED),
    ):
        with pytest.raises(bongsu.BongsuError, match="cannot open the log file"):
            ask()


def test_a_home_that_cannot_be_made_does_not_stop_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    code = """
import bongsu
with bongsu.LogContext("a", "b") as context:
    context.log_info("x")
bongsu.log_performance("a", "b", 1.0)
@bongsu.log_execution
def work(): return 7
print(work(), work())
try:
    bongsu.start()
except bongsu.BongsuError as error:
    print("refused", error)
"""
    done = run(code, BONGSU_LOG_DIR=str(tmp_path / "taken"))
    assert done.stdout.startswith("7 7\nrefused cannot create the log folder"), done
    assert done.stderr.count("\n") == 1, "told once"
    assert done.stderr.startswith("bongsu: cannot create the log folder")


def test_a_program_without_descriptors_left_ends_without_a_traceback(tmp_path: Path) -> None:
    code = """
import os, sys, bongsu
bongsu.start(sys.argv[1], console=False)
bongsu.get_logger("x").info("one")
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
with bongsu.LogContext("late", "op") as context:
    context.log_info("two")
print("worked")
"""
    done = run(code, str(tmp_path / "logs"))
    assert (done.returncode, done.stdout) == (0, "worked\n")
    assert "Traceback" not in done.stderr
    assert "late.log" in done.stderr
    assert "op | two" in (tmp_path / "logs/app/application.log").read_text()


NO_DISK = """
#include <errno.h>
int fdatasync(int fd) { (void)fd; errno = EIO; return -1; }
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or shutil.which("cc") is None, reason="takes the place of fdatasync")
@pytest.mark.parametrize("mode", ["journal", "plain"])
@pytest.mark.parametrize("layout", ["detailed", "json", "formatter"])
def test_a_line_whose_disk_cannot_be_waited_for_is_written_once_and_told(mode: str, layout: str, tmp_path: Path) -> None:
    (tmp_path / "no_disk.c").write_text(NO_DISK)
    library = tmp_path / "no_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "no_disk.c"], check=True)
    code = """
import logging, sys, bongsu
file, mode, layout, secret = sys.argv[1:]
handler = bongsu.Handler(file, sync="each", mode=mode, layout="detailed" if layout == "formatter" else layout)
if layout == "formatter":
    handler.setFormatter(logging.Formatter("| %(message)s"))
log = logging.getLogger("disk")
log.addHandler(handler)
log.propagate = False
for nth in range(3):
    log.warning("line %d of %s", nth, {"password": secret})
print(bongsu.stats()["handled"])
"""
    done = run(code, str(tmp_path / "x.log"), mode, layout, "hunter2", LD_PRELOAD=str(library))
    written = (tmp_path / "x.log").read_text()
    assert re.findall(r"line \d", written) == ["line 0", "line 1", "line 2"]
    assert done.stdout == "3\n"
    assert done.stderr.count("--- Logging error ---") == 3
    assert "Input/output error" in done.stderr
    assert "hunter2" not in written + done.stderr
