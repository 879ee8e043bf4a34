"""What a call of `bongsu.logger` costs nothing for: levels that are off, secrets that are none, seconds that were written before."""

from __future__ import annotations

import datetime
import json
import logging
import pathlib
import sys

import bongsu
import pytest
from bongsu._face.logger import _Core, _Options
from bongsu._face.moment import Moment
from hypothesis import given
from hypothesis import strategies as st


def written(home: pathlib.Path) -> str:
    bongsu.logger.complete()
    bongsu.shutdown()
    return (home / "app" / "application.log").read_text()


def test_a_sink_that_takes_more_is_heard_of_at_once() -> None:
    logger = bongsu.Logger(_Core(), _Options())
    logger.remove()
    lines: list[str] = []
    logger.debug("nobody listens")
    errors = logger.add(lambda message: lines.append(str(message)), level="ERROR", format="{message}")
    logger.debug("too little")
    logger.error("enough")
    all_of_them = logger.add(lambda message: lines.append("2 " + str(message)), level=0, format="{message}")
    logger.trace("for the second")
    logger.remove(all_of_them)
    logger.trace("too late")
    logger.remove(errors)
    logger.critical("nobody listens any more")
    assert lines == ["enough\n", "2 for the second\n"]


def test_levels_of_the_callers_module_count_while_the_program_runs(home: pathlib.Path) -> None:
    mine = logging.getLogger(__name__)
    bongsu.logger.info("one")
    mine.setLevel(logging.ERROR)
    bongsu.logger.info("two")
    mine.setLevel(logging.NOTSET)
    bongsu.logger.info("three")
    logging.disable(logging.INFO)
    try:
        bongsu.logger.info("four")
    finally:
        logging.disable(logging.NOTSET)
    mine.disabled = True
    bongsu.logger.info("five")
    mine.disabled = False
    bongsu.logger.disable(__name__)
    bongsu.logger.info("six")
    bongsu.logger.enable(__name__)
    bongsu.logger.info("seven")
    messages = [line.rpartition("| ")[2] for line in written(home).splitlines() if __name__[:15] in line]
    assert messages == ["one", "three", "seven"]


def test_who_speaks_for_another_module_has_that_ones_levels(home: pathlib.Path) -> None:
    helper = {"__name__": "a_helper", "logger": bongsu.logger}
    exec("def own(): logger.info('by itself')\ndef help(): logger.opt(depth=1).info('for the caller')", helper)
    helper["own"]()  # the module is known now
    logging.getLogger("a_helper").setLevel(logging.CRITICAL)
    try:
        helper["own"]()
        helper["help"]()
    finally:
        logging.getLogger("a_helper").setLevel(logging.NOTSET)
    text = written(home)
    assert text.count("by itself") == 1
    assert text.count("for the caller") == 1


def test_a_call_without_a_message_is_refused_as_python_refuses_it() -> None:
    for name in ("trace", "debug", "info", "success", "warning", "error", "critical", "exception"):
        with pytest.raises(TypeError, match=rf"{name}\(\) missing 1 required positional argument: 'message'"):
            getattr(bongsu.logger, name)()
    with pytest.raises(TypeError):
        bongsu.Logger.info("no logger", "x")  # type: ignore[arg-type]


def test_calls_keep_nothing_of_what_they_were_given() -> None:
    logger = bongsu.Logger(_Core(), _Options())
    logger.remove()
    taken: list[str] = []
    logger.add(lambda message: taken.append(""), level="INFO", format="{message}")
    message, argument, named = "a message {} {named}" + str(id(taken)), object(), object()
    before = [sys.getrefcount(one) for one in (message, argument, named)]
    for _ in range(100):
        logger.debug(message, argument, named=named)
        logger.info(message, argument, named=named)
        with pytest.raises(IndexError):
            logger.info(message, named=named)
    assert [sys.getrefcount(one) for one in (message, argument, named)] == before
    assert len(taken) == 100


def test_a_serialized_line_is_json_whatever_the_fields_hold() -> None:
    logger = bongsu.Logger(_Core(), _Options())
    logger.remove()
    lines: list[str] = []
    logger.add(lambda message: lines.append(str(message)), serialize=True)
    endless: list[object] = []
    endless.append(endless)
    fields: dict[str, object] = {
        "ratio": float("nan"),
        "big": 10**30,
        "card": 4111111111111111,
        "nested": {"deep": [{"password": "hunter2"}], "n": None},
        "note": "paid with 4111-1111-1111-1111",
        "raw": b"\xff",
        "when": datetime.date(2025, 6, 6),
        "endless": endless,
        "token": "a1b2c3d4",
        "tokens": 512,
    }
    logger.bind(**fields).info("봉수 {}", "👍")
    record = json.loads(lines[0], parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))["record"]
    assert record["message"] == "봉수 👍"
    extra = record["extra"]
    assert extra["nested"] == {"deep": [{"password": bongsu.HIDDEN}], "n": None}
    assert (extra["token"], extra["card"], extra["when"]) == (bongsu.HIDDEN, bongsu.HIDDEN, "2025-06-06")
    assert not any(secret in lines[0] for secret in ("hunter2", "4111", "a1b2c3d4"))


@given(
    st.datetimes(min_value=datetime.datetime(1971, 1, 1), max_value=datetime.datetime(2200, 1, 1)),
    st.lists(st.integers(0, 999_999), min_size=1, max_size=4),
    st.integers(-14 * 60, 14 * 60),
)
def test_times_within_a_second_differ_in_their_fractions_only(
    begun: datetime.datetime, fractions: list[int], minutes: int
) -> None:
    for zone in (datetime.timezone(datetime.timedelta(minutes=minutes), "A"), datetime.timezone(datetime.timedelta(minutes=minutes), "B")):
        for fraction in fractions:
            moment = Moment(*begun.timetuple()[:6], fraction, zone)
            plain = datetime.datetime(*begun.timetuple()[:6], fraction, zone)
            assert f"{moment:YYYY-MM-DD HH:mm:ss.SSSSSS ZZ zz}" == plain.strftime("%Y-%m-%d %H:%M:%S.%f %z %Z")
            assert f"{moment:x}" == str(int(plain.timestamp()) * 1_000_000 + fraction)
            assert f"{moment:HH!UTC}" == plain.astimezone(datetime.timezone.utc).strftime("%H")
