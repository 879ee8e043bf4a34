"""`bench/sdk`: its own logic, with libraries made up for the purpose; nothing is installed and nothing is timed."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path

import pytest

SDK = Path(__file__).resolve().parents[2] / "bench" / "sdk"
sys.path.insert(0, str(SDK))

import check  # noqa: E402
import environment  # noqa: E402
import libraries  # noqa: E402
import worker  # noqa: E402
from cases import PYTHON_CASES, PYTHON_COLUMNS, RUST_CASES, RUST_COLUMNS, Case, Column, Sizes  # noqa: E402
from rounds import Bench, Failed, Outcome  # noqa: E402
from table import Table  # noqa: E402

COUNT = 40
WORKER = f"""
import os, signal, sys
sys.path.insert(0, {str(SDK)!r})
from library import Library
from worker import main

class Good(Library):
    def setup(self, folder, layout, rotate):
        self.out = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        self.by(self, self.flush)

    def info(self, text, *values):
        self.write(text % values)

    debug = exception = info

    def write(self, line):
        os.write(self.out, line.encode() + b"\\n")

    def flush(self):
        pass

class Loses(Good):
    def write(self, line):
        if "req 7 " not in line:
            super().write(line)

class Doubles(Good):
    def write(self, line):
        super().write(line)
        if "req 3 " in line:
            super().write(line)

class Buffers(Good):
    lines = []

    def write(self, line):
        self.lines.append(line)

    def flush(self):
        for line in self.lines:
            super().write(line)

class Crashes(Good):
    def write(self, line):
        os.kill(os.getpid(), signal.SIGKILL)

class Fails(Good):
    def setup(self, folder, layout, rotate):
        raise OSError("no such thing")

class Silent(Good):
    def setup(self, folder, layout, rotate):
        os._exit(3)

main(sys.argv[1:], {{one.__name__.lower(): one for one in (Good, Loses, Doubles, Buffers, Crashes, Fails, Silent)}})
"""
CASES = {
    "plain": Case(Sizes(COUNT, COUNT)),
    "threads": Case(Sizes(COUNT, COUNT)),
    "crash": Case(Sizes(COUNT, COUNT), rounds=1, reopened=True),
    "fork": Case(Sizes(3, 3), rounds=1, checked=False),
}
PLAIN, LOST = Column("plain µs", "plain", "cpu_ns", unit=1_000), Column("lost", "crash", "lost", digits=0, counts=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench with the made-up libraries."""
    fake = tmp_path / "fake.py"
    fake.write_text(WORKER)
    return Bench([sys.executable, str(fake)], CASES)


@pytest.mark.parametrize("case", ["plain", "threads"])
def test_a_library_that_writes_each_record_once_has_figures_and_nothing_wrong(bench: Bench, case: str) -> None:
    figures, wrong = bench.measure("good", case)
    assert figures["cpu_ns"] > 0
    assert wrong == {"missing": 0, "twice": 0}


def test_missing_and_doubled_records_are_counted(bench: Bench) -> None:
    assert bench.measure("loses", "plain")[1] == {"missing": 1, "twice": 0}
    assert bench.measure("doubles", "plain")[1] == {"missing": 0, "twice": 1}


def test_what_a_killed_library_had_not_written_is_lost(bench: Bench) -> None:
    assert bench.measure("good", "crash") == ({"lost": 0}, {})
    assert bench.measure("buffers", "crash") == ({"lost": COUNT}, {})


def test_children_that_end_are_not_hung(bench: Bench) -> None:
    assert bench.measure("good", "fork") == ({"hung": 0}, {})


def test_a_child_that_does_not_end_is_left() -> None:
    def started(code: str) -> int:
        return os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)

    ends, hangs = started(""), started("import signal; signal.pause()")
    running = {ends}
    worker.wait(running, 60)
    assert not running
    running = {hangs}
    worker.wait(running, 0.05)
    assert running == {hangs}
    os.kill(hangs, signal.SIGKILL)
    worker.wait(running, 60)
    assert not running


@pytest.mark.parametrize(
    ("library", "says", "why"),
    [
        ("crashes", "crashes", "killed by signal 9"),
        ("fails", "fails", "OSError: no such thing"),
        ("silent", "fails", "ended with 3 and no result"),
        ("unknown", "fails", "KeyError: 'unknown'"),
    ],
)
def test_what_ends_badly_says_how(bench: Bench, library: str, says: str, why: str) -> None:
    with pytest.raises(Failed) as failed:
        bench.measure(library, "plain")
    assert (failed.value.says, failed.value.why) == (says, why)


def test_what_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    hang = f"import os, time\nopened = open({str(fifo)!r}, 'wb')\nos.fork()\ntime.sleep(600)"
    bench = Bench([sys.executable, "-c", hang], {"plain": Case(Sizes(COUNT, COUNT), longest=Sizes(2, 2))})
    with pytest.raises(Failed, match="hangs"):
        bench.measure("any", "plain")
    # The end of the file comes when nobody has it open for writing; who was killed may take a moment to go.
    assert select.select([reader], [], [], 60)[0]
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_one_that_fails_stops_nothing_and_is_not_asked_again(bench: Bench) -> None:
    heard: list[str] = []
    names = ("good", "crashes", "loses")
    lacking = {("good", "threads"): ("not installed", "no wheel")}
    outcomes = bench.run(names, lambda *of: lacking.get(of, ("", "")), 2, heard.append, lambda outcomes: None)
    assert [len(outcomes[name]["plain"].figures.get("cpu_ns", [])) for name in names] == [2, 0, 2]
    assert [outcomes[name]["plain"].failed for name in names] == ["", "crashes", ""]
    assert outcomes["good"]["threads"].failed == "not installed"
    assert len([text for text in heard if text.endswith("plain, crashes")]) == 1
    assert len([text for text in heard if text.endswith("crash, good")]) == 1, "its case has one round"


def test_each_round_another_library_begins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def measure(self: Bench, library: str, case: str) -> tuple[dict[str, float], dict[str, int]]:
        asked.append((library, case))
        return {"cpu_ns": 1.0}, {}

    monkeypatch.setattr(Bench, "measure", measure)
    bench.run(("a", "b", "c"), lambda *of: ("", ""), 3, lambda text: None, lambda outcomes: None)
    assert [library for library, case in asked if case == "plain"] == list("abcbcacab")


def test_a_worker_has_nothing_of_ours_that_changes_how_fast_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("BONGSU_LOG_DIR", "elsewhere")
    monkeypatch.setenv("RUST_LOG", "off")
    names = bench.environment().keys()
    assert not names & {"PYTHONUNBUFFERED", "BONGSU_LOG_DIR", "RUST_LOG"}
    assert "PATH" in names


def test_records_are_looked_for_in_older_files_and_once_a_line(tmp_path: Path) -> None:
    (tmp_path / "log.log").write_text('{"text": "req 2 user=bob", "message": "req 2 user=bob"}\nreq 3 user=b')
    (tmp_path / "log.log.1").write_text("req 0 user=bob\nreq 1 user=bob\nreq 1 user=bob\n")
    (tmp_path / "other.log").write_text("req 3 user=bob\n")
    assert check.wrong(str(tmp_path / "log.log"), 4) == {"missing": 1, "twice": 1}
    (tmp_path / "log_rCURRENT.log").write_text("req 3 user=bob\n")
    assert check.wrong(str(tmp_path / "log_rCURRENT.log"), 4) == {"missing": 0, "twice": 1}


def test_the_worst_round_is_told() -> None:
    assert check.worst([{"missing": 0, "twice": 0}]) == ""
    assert check.worst([{"missing": 1, "twice": 0}, {"missing": 1200, "twice": 2}]) == "1,200 missing, 2 twice"


def table() -> tuple[Table, dict[str, dict[str, Outcome]]]:
    """A small table."""
    base = {"plain": Outcome({"cpu_ns": [30_000, 50_000, 40_000]}, [{}]), "crash": Outcome({"lost": [0, 0]}, [{}])}
    quick = {
        "plain": Outcome({"cpu_ns": [500]}, [{"missing": 2, "twice": 0}]),
        "crash": Outcome({"lost": [0, 1_500]}, [{}]),
    }
    none = {
        "plain": Outcome(failed="hangs", why="killed after 20 s"),
        "crash": Outcome(failed="hangs", why="killed after 20 s"),
    }
    return Table((PLAIN, LOST), "logging", inverse=True), {"quick": quick, "logging": base, "stuck": none}


def test_a_table_has_medians_ratios_what_is_wrong_and_why_there_is_no_figure() -> None:
    made, outcomes = table()
    assert made.text(outcomes).splitlines() == [
        "library  plain µs                lost",
        "--------------------------------------",
        "quick    0.50 (80×) (2 missing)  1,500",
        "logging  40.00                   0",
        "stuck    hangs                   hangs",
        "stuck hangs: killed after 20 s (plain, crash)",
    ]


def test_a_table_is_also_markdown() -> None:
    made, outcomes = table()
    assert made.markdown(outcomes).splitlines() == [
        "| library | plain µs | lost |",
        "| --- | ---: | ---: |",
        "| quick | 0.50 (80×) (2 missing) | 1,500 |",
        "| logging | 40.00 | 0 |",
        "| stuck | hangs | hangs |",
        "",
        "- stuck hangs: killed after 20 s (plain, crash)",
    ]


def test_a_ratio_to_a_base_says_how_much_as_much_when_it_is_not_inverse() -> None:
    _, outcomes = table()
    made = Table((PLAIN,), "quick", inverse=False)
    assert "| logging | 40.00 (80×) |" in made.markdown(outcomes)
    assert "(0.01×)" in Table((PLAIN,), "logging", inverse=False).markdown(outcomes)


@pytest.mark.parametrize(("cases", "columns"), [(PYTHON_CASES, PYTHON_COLUMNS), (RUST_CASES, RUST_COLUMNS)])
def test_every_case_has_a_column(cases: dict[str, Case], columns: tuple[Column, ...]) -> None:
    assert {column.case for column in columns} == cases.keys()


@pytest.mark.parametrize("cases", [PYTHON_CASES, RUST_CASES])
def test_the_records_of_a_run_fit_into_the_files_that_are_kept(cases: dict[str, Case]) -> None:
    longest = 110
    for name, case in cases.items():
        for quick in (False, True):
            if case.checked and name != "exception":
                assert case.count.of(quick) * longest < 6 * case.rotate.of(quick), (name, quick)


def test_every_library_says_of_known_cases_why_it_lacks_them_and_what_it_needs() -> None:
    for name, library in libraries.LIBRARIES.items():
        assert library.lacks.keys() <= PYTHON_CASES.keys(), name
        assert all(library.lacks.values()), name
    assert libraries.packages_of("loguru to bongsu") == ["loguru", "bongsu"]
    assert libraries.packages_of("bongsu.Handler") == ["bongsu"]
    assert libraries.packages_of("logging") == []
    needed = {package for name in libraries.LIBRARIES for package in libraries.packages_of(name)}
    assert needed == {*libraries.PACKAGES, "bongsu"}


def test_pip_says_why_it_installed_nothing() -> None:
    said = "WARNING: old\nERROR: Could not find a version of logxide>=0.3 (from versions: 0.1.2)\nERROR: No matching distribution"
    assert environment.reason(said) == "Could not find a version of logxide>=0.3 (from versions: 0.1.2)"
    assert environment.reason("") == "pip failed and said nothing"
