"""Arguments that functions refuse: each is named, with what it takes."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import Lines

call: Any = bongsu


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: call.Handler(b"x.log"), r"Handler\(file=b'x.log'\): file takes a path"),
        (lambda: call.Handler(5), r"Handler\(file=5\): file takes a path"),
        (lambda: call.Handler(""), r"Handler\(file=''\): file takes a path"),
        (lambda: call.Handler("d/"), r"Handler\(file='d/'\): this names a folder; file takes the path of a file"),
        (lambda: call.Handler("x.log", archive=5), r"Handler\(archive=5\): archive takes a path"),
        (lambda: call.Handler("x.log", compression=5), r"Handler\(compression=5\): compression takes 'off', 'gzip' or 'zstd'"),
        (lambda: call.Handler("x.log", mode=5), r"Handler\(mode=5\): mode takes 'auto'"),
        (lambda: call.Handler("x.log", sync=True), r"Handler\(sync=True\): sync takes 'never'"),
        (lambda: call.Handler(layout=5), r"Handler\(layout=5\): layout takes the name of a layout"),
        (lambda: call.Handler(colours="no"), r"Handler\(colours='no'\): colours takes True or False"),
        (lambda: call.Handler(colors=True), r"Handler\(colors=…\): there is no such argument; it takes file, level, layout,"),
        (lambda: call.Handler(level=10**30), "a level's number has at most 64 bits"),
        (lambda: call.get_logger("x", 5), r"get_logger\(log_file=5\): log_file takes a file name without folders"),
        (lambda: call.get_performance_logger(None), r"get_performance_logger\(component=None\): component takes a name"),
        (lambda: call.log_performance("c", None, 1.0), r"log_performance\(operation=None\): operation takes a name"),
        (lambda: call.contextualize(a=1)(dict), r"contextualize\(…\) stands on functions and methods, not on <class 'dict'>"),
        (lambda: call.logger.add("x.log", compression=print), r"add\(compression=<built-in function print>\): compression takes \"off\", \"gzip\""),
        (lambda: call.Handler(layout="{message!r}"), r"did you mean \{message\}\?"),
        (lambda: call.Handler(layout="{levelname} {message}"), r"did you mean \{level\}\?"),
        (lambda: call.logger.log(10**30, "x"), "has at most 63 bits"),
        (lambda: call.logger.level("HUGE", no=2**63), r"level\('HUGE', no=9223372036854775808\)"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(wrong: Callable[[], object], told: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=told):
        wrong()


def test_a_dictionary_with_a_key_that_is_none_is_told_those_there_are(tmp_path: Path) -> None:
    handler = {"class": "bongsu.Handler", "file": str(tmp_path / "x.log"), "rotate": "1 MB"}
    with pytest.raises(ValueError, match="handler 'h'") as told:
        logging.config.dictConfig({"version": 1, "handlers": {"h": handler}})
    assert "Handler(rotate=…): there is no such argument; it takes file, level, layout, rotation" in str(told.value.__cause__)


def test_a_folder_in_the_place_of_the_file_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(bongsu.BongsuError, match="a folder has this name: give the log file another"):
        bongsu.Handler(tmp_path)
    with pytest.raises(bongsu.BongsuError, match="at most 255 bytes without NUL"):
        bongsu.Handler(tmp_path / ("x" * 300))


def test_a_level_beyond_64_bits_is_written(home: Path, lines: Lines) -> None:
    logging.getLogger("huge").log(10**30, "great")
    assert lines("error/error.log")[-1].endswith("| great")


def test_a_serialized_line_is_not_lost_for_keys_that_are_no_text(home: Path) -> None:
    out = io.StringIO()
    number = bongsu.logger.add(out, serialize=True)
    circle: dict[str, Any] = {}
    circle["self"] = circle
    try:
        for extra in ({b"k": 1}, {(1, 2): {b"password": "hunter2"}}, circle):
            bongsu.logger.bind(x=extra).info("kept")
    finally:
        bongsu.logger.remove(number)
    written = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["record"]["message"] for one in written] == ["kept"] * 3
    assert "hunter2" not in out.getvalue()
