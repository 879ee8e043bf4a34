"""The log home: folders, files, formats, names and levels."""

from __future__ import annotations

import datetime
import decimal
import fractions
import json
import logging
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu import _trouble
from conftest import Lines, run

TIME = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]"



def test_a_level_that_the_program_has_set_stays(home: Path) -> None:
    log = bongsu.get_logger("set.at.run.time")
    log.setLevel("DEBUG")
    assert bongsu.get_logger("set.at.run.time").level == logging.DEBUG
    assert bongsu.get_logger("set.at.run.time", level="ERROR").level == logging.ERROR


def test_a_logger_needs_a_name(home: Path) -> None:
    for name in ("", " ", None, 7):
        with pytest.raises(bongsu.BongsuError, match=r"get_logger\(name=.*movies"):
            bongsu.get_logger(name)  # type: ignore[arg-type]


def test_every_folder_is_there_and_the_start_is_recorded(home: Path, lines: Lines) -> None:
    folders = {"app", "error", "system", "audit", "performance", "reports", "alerts", "archive"}
    assert folders <= {path.name for path in home.iterdir()}
    assert re.fullmatch(TIME + r" INFO     system          \| Logging started", lines("app/system.log")[0])


def test_each_file_has_its_format(home: Path, lines: Lines) -> None:
    log = bongsu.get_logger("movies")
    log.info("%d films", 20)
    log.error("no films")
    bongsu.log_performance("api", "call", 0.1234, {"rows": 20, "name": "봉수"})
    bongsu.log_performance("api", "call", 2)
    here = "test_each_file_has_its_format"
    assert re.fullmatch(rf"{TIME} INFO     movies          {here} L *\d+ \| 20 films", lines("app/application.log")[1])
    assert re.fullmatch(rf"{TIME} ERROR    movies          {here} L *\d+ \| no films", lines("error/error.log")[0])
    assert re.fullmatch(TIME + r" INFO     movies          \| 20 films", lines("app/movies.log")[0])
    performance = lines("performance/api_performance.log")
    assert re.fullmatch(TIME + r' PERF performance.api \| call completed in 0.123s \| \{"rows":20,"name":"봉수"\}', performance[0])
    assert re.fullmatch(TIME + r" PERF performance.api \| call completed in 2.000s", performance[1])


def test_the_same_arguments_give_the_same_logger_and_no_second_handler(home: Path, lines: Lines) -> None:
    log = bongsu.get_logger("twice")
    assert bongsu.get_logger("twice") is log is logging.getLogger("twice")
    assert bongsu.get_performance_logger("twice") is bongsu.get_performance_logger("twice")
    log.info("once")
    assert len(lines("app/twice.log")) == 1
    assert bongsu.get_logger("thrice", "twice.log") is not log
    assert bongsu.get_logger("thrice", "twice.log").handlers == log.handlers


def test_a_file_of_its_own_name_and_level(home: Path, lines: Lines) -> None:
    log = bongsu.get_logger("named", "other.log", "warning")
    log.info("no")
    log.warning("yes")
    assert len(lines("app/other.log")) == 1
    assert lines("app/named.log") == []


def test_names_become_file_names(home: Path, lines: Lines) -> None:
    bongsu.get_logger("src.data/수집 api").info("x")
    assert len(lines("app/src.data_수집_api.log")) == 1


@pytest.mark.parametrize("file", ["", "..", "../x.log", "a/b.log", "/etc/x", "application.log", "a\0b"])
def test_a_file_outside_of_the_home_is_refused(home: Path, file: str) -> None:
    with pytest.raises(bongsu.BongsuError, match="cannot be the name of a component's log file"):
        bongsu.get_logger("bad", file)


@pytest.mark.parametrize(("level", "number"), [("debug", 10), ("Info", 20), ("WARN", 30), ("warning", 30), (" error ", 40), ("fatal", 50), (15, 15), (0, 0)])
def test_levels_in_any_case(home: Path, level: int | str, number: int) -> None:
    assert bongsu.get_logger("cases", level=level).level == number


def test_a_level_of_the_program_counts(home: Path) -> None:
    logging.addLevelName(7, "Whisper")
    assert bongsu.get_logger("whispers", level="Whisper").level == 7


@pytest.mark.parametrize("level", ["", "LOUD", "infos", "Level 5", None, True, 1.5, b"INFO"])
def test_an_unknown_level_is_a_clear_error_and_changes_nothing(home: Path, level: object) -> None:
    with pytest.raises(bongsu.BongsuError, match="level"):
        bongsu.get_logger("unknown.level", level=level)  # type: ignore[arg-type]
    assert not (home / "app" / "unknown.level.log").exists()


def test_a_home_that_cannot_be_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(bongsu.BongsuError, match="file/app.*a file stands where a folder is needed"):
        bongsu.start(tmp_path / "file")
    assert logging.getLogger().handlers == []


def test_starting_twice(home: Path, tmp_path: Path) -> None:
    count = len(logging.getLogger().handlers)
    bongsu.start()
    bongsu.start(home)
    assert len(logging.getLogger().handlers) == count
    with pytest.raises(bongsu.BongsuError, match="already started in .*shutdown"):
        bongsu.start(tmp_path / "elsewhere")


def test_shutdown_records_the_end_and_gives_loggers_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = root.level
    for _ in range(2):
        bongsu.start(tmp_path, console=False)
        log = bongsu.get_logger("ends")
        log.info("x")
        bongsu.shutdown()
        bongsu.shutdown()
        assert root.handlers == log.handlers == [] and root.level == before
    said = [line.split("| ")[1] for line in (tmp_path / "app/system.log").read_text().splitlines()]
    assert said == ["Logging started", "Logging stopped"] * 2
    assert len((tmp_path / "app/ends.log").read_text().splitlines()) == 2
    bongsu.uninstall()


def test_the_environment_names_the_home_and_the_end_of_the_program_is_recorded(tmp_path: Path) -> None:
    code = """
import atexit, logging
atexit.register(lambda: logging.getLogger('late').warning('after the end'))
import bongsu
bongsu.get_logger('first').info('begun')
"""
    done = run(code, BONGSU_LOG_DIR=str(tmp_path / "x"))
    assert done.stderr == ""
    assert [line.split("| ")[1] for line in done.stdout.splitlines()] == ["Logging started", "begun", "Logging stopped", "after the end"]
    application = (tmp_path / "x/app/application.log").read_text().splitlines()
    assert [line.split("| ")[1] for line in application] == ["Logging started", "begun", "Logging stopped", "after the end"]


def test_json_has_the_fields_of_the_program(tmp_path: Path) -> None:
    log = logging.getLogger("json")
    log.propagate = False
    handler = bongsu.Handler(tmp_path / "x.json", layout="json")
    log.addHandler(handler)
    bongsu.install()
    log.warning("plain %d", 1)
    log.warning("with", extra={"rows": 5, "ok": True, "ratio": 0.5, "who": "봉수", "what": [1]})
    handler.flush()
    plain, rich = (json.loads(line) for line in (tmp_path / "x.json").read_text().splitlines())
    assert (plain["Body"], plain["SeverityText"], plain["SeverityNumber"]) == ("plain 1", "WARNING", 13)
    assert plain["InstrumentationScope"]["name"] == "json"
    assert plain["Attributes"]["code.function.name"] == "test_json_has_the_fields_of_the_program"
    assert plain["Attributes"]["code.file.path"].endswith("test_home.py")
    assert {key: rich["Attributes"][key] for key in ("rows", "ok", "ratio", "who", "what")} == {
        "rows": 5, "ok": True, "ratio": 0.5, "who": "봉수", "what": [1],
    }
    log.handlers.clear()
    bongsu.uninstall()


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize(
    ("name", "number", "severity"),
    [
        ("SUCCESS", 25, 11),
        ("SUCCESS", 22, 9),
        ("NOTICE", 25, 11),
        ("AUDIT", 35, 15),
        ("VERBOSE", 15, 7),
        ("LOUDER", 99, 24),
        ("WARNING", 30, 13),
        ("", 27, 11),
    ],
)
def test_json_keeps_the_names_of_levels_and_counts_them_from_the_level_below(
    name: str, number: int, severity: int, installed: bool, tmp_path: Path
) -> None:
    names = {table: dict(vars(logging)[table]) for table in ("_levelToName", "_nameToLevel")}
    if name:
        logging.addLevelName(number, name)
    log = logging.getLogger("own_levels")
    log.propagate = False
    layouts = {"json": "json", "detailed": "detailed", "template": "{level}|{message}"}
    log.handlers = [bongsu.Handler(tmp_path / file, layout=layout) for file, layout in layouts.items()]
    log.setLevel(1)
    if installed:
        bongsu.install()
    try:
        log.log(number, "said")
        for handler in log.handlers:
            handler.flush()
        shown = name or f"Level {number}"
        record = json.loads((tmp_path / "json").read_text())
        assert (record["SeverityText"], record["SeverityNumber"]) == (shown, severity)
        assert f"] {shown:<8} own_levels" in (tmp_path / "detailed").read_text()
        assert (tmp_path / "template").read_text() == f"{shown}|said\n"
    finally:
        log.handlers.clear()
        if installed:
            bongsu.uninstall()
        for table, known in names.items():
            vars(logging)[table].clear()
            vars(logging)[table].update(known)


def test_a_template_that_is_none_is_a_clear_error() -> None:
    with pytest.raises(bongsu.BongsuError, match="no partner.*write places as"):
        bongsu.Handler(layout="{message")


def test_a_handler_in_a_dictionary_of_the_standard_library(tmp_path: Path) -> None:
    import logging.config

    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"b": {"class": "bongsu.Handler", "file": os.fspath(tmp_path / "d.log"), "level": "INFO"}},
            "loggers": {"dict": {"handlers": ["b"], "level": "DEBUG", "propagate": False}},
        }
    )
    logging.getLogger("dict").info("x")
    logging.getLogger("dict").debug("y")
    logging.getLogger("dict").handlers[0].flush()
    assert (tmp_path / "d.log").read_text().endswith("| x\n")
    logging.getLogger("dict").handlers.clear()


def test_the_place_of_a_duration_is_that_of_the_caller(home: Path, lines: Lines) -> None:
    def step() -> None:
        bongsu.log_performance("placed", "load", 0.1)

    step()
    line = step.__code__.co_firstlineno + 1
    assert any(re.search(rf" performance.placed step +L *{line} \| load", one) for one in lines("app/application.log"))


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (-0.0003, "0.000s"),
        (decimal.Decimal("1.5"), "1.500s"),
        (fractions.Fraction(1, 4), "0.250s"),
        (datetime.timedelta(seconds=2), "2.000s"),
        (datetime.timedelta(seconds=-2), "0.000s"),
        (True, "1.000s"),
        pytest.param(10**20, f"{10**20}.000s", id="large"),
    ],
)
def test_whatever_is_a_duration_is_written(home: Path, lines: Lines, duration: Any, text: str) -> None:
    bongsu.log_performance("any", "load", duration)
    assert lines("performance/any_performance.log")[-1].endswith(f"| load completed in {text}")


def test_numbers_of_numpy_are_durations(home: Path, lines: Lines) -> None:
    numpy = pytest.importorskip("numpy")
    for duration in (numpy.float32(1.5), numpy.float64(1.5), numpy.int64(2)):
        bongsu.log_performance("numpy", "load", duration)
    assert [line[-6:] for line in lines("performance/numpy_performance.log")] == ["1.500s", "1.500s", "2.000s"]


@pytest.mark.parametrize("duration", [float("nan"), float("inf"), decimal.Decimal("NaN"), pytest.param(10**400, id="huge"), None, "1.5", object()])
def test_what_is_no_duration_is_told_and_does_not_stop_the_work(
    home: Path, lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, duration: Any
) -> None:
    monkeypatch.setattr(_trouble, "_told", {})
    for _ in range(2):
        bongsu.log_performance("none", "load", duration, {"rows": 20})
    assert [line.partition("| ")[2] for line in lines("performance/none_performance.log")] == ['load completed | {"rows":20}'] * 2
    assert capsys.readouterr().err.count("log_performance(duration=") == 1


def test_what_is_no_metadata_is_told_and_does_not_stop_the_work(
    home: Path, lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_trouble, "_told", {})
    bongsu.log_performance("meta", "load", 1.0, 5)  # type: ignore[arg-type]
    assert lines("performance/meta_performance.log")[-1].endswith("| load completed in 1.000s")
    assert "metadata takes names and values" in capsys.readouterr().err


ZONES = """
import os, sys, time, bongsu
os.environ["TZ"] = "UTC"; time.tzset()
bongsu._core.set_clock(1_749_178_800_000_000_000)
bongsu.start(sys.argv[1], console=False, config=eval(sys.argv[2]))
log = bongsu.get_logger("zones"); log.info("at start")
os.environ["TZ"] = "Asia/Seoul"; time.tzset()
bongsu._core.set_clock(1_749_178_801_000_000_000)
log.info("a second later")
bongsu.shutdown()
bongsu.start(sys.argv[1] + "2", console=False, config=eval(sys.argv[2])); bongsu.get_logger("zones").info("again"); bongsu.shutdown()
"""


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is the machine's")
@pytest.mark.parametrize(("config", "hours"), [(None, ["03", "12", "12"]), ({"zone": "UTC"}, ["03", "03", "03"])])
def test_the_zone_that_a_program_sets_counts(tmp_path: Path, config: Any, hours: list[str]) -> None:
    done = run(ZONES, str(tmp_path / "logs"), repr(config))
    assert done.returncode == 0, done.stderr
    told = [
        line
        for folder in ("logs", "logs2")
        for line in (tmp_path / folder / "app" / "zones.log").read_text(encoding="utf-8").splitlines()
    ]
    assert [line[12:14] for line in told] == hours


def test_the_root_logger_stays_as_it_is(home: Path, lines: Lines) -> None:
    before = logging.root.level
    assert bongsu.get_logger("root") is logging.root
    logging.getLogger("below").debug("written")
    assert logging.root.level == before and not (home / "app" / "root.log").exists()
    assert any(line.endswith("| written") for line in lines("app/application.log"))
