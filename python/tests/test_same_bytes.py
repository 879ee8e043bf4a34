"""Whatever path a call takes, its line is the one that the standard library's formatter would have written."""

from __future__ import annotations

import decimal
import enum
import io
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import counted

FORMAT = "[%(asctime)s] %(levelname)-8s %(name)-15s %(funcName)-20s L%(lineno)3d | %(message)s"


class Colour(enum.IntEnum):
    RED = 3


class Text(str):
    def __str__(self) -> str:
        return f"<{super().__str__()}>"


class Odd:
    def __str__(self) -> str:
        return "odd 한"

    def __repr__(self) -> str:
        return "Odd(é)"


MESSAGES: list[tuple[Any, tuple[Any, ...]]] = [
    ("plain", ()),
    ("", ()),
    ("100%", ()),
    ("100%% sure %s", ("yes",)),
    ("req %d user=%s", (7, "bob")),
    ("%d %d %i", (0, -1, 2**62)),
    ("%d", (2**80,)),
    ("%d", (True,)),
    ("%d", (3.9,)),
    ("%s %s %s", (None, True, ())),
    ("%s", ((1, 2),)),
    ("%s", ([1, "a"],)),
    ("%s %r", (1.0, 1e300)),
    ("%f %.2f %.0f", (1.5, 2.675, 0.5)),
    ("%f %f %f", (float("inf"), float("-inf"), float("nan"))),
    ("%.3f", (decimal.Decimal("1.2345"),)),
    ("%s", (1e-07,)),
    ("%s %r", ("한글", "한글")),
    ("봉수 %s", ("é",)),
    ("😀 %s", ("😀",)),
    ("%r", ("it's",)),
    ("%5d|%-5s|%05.1f", (42, "ab", 3.14159)),
    ("%x %X %o %c %e %g", (255, 255, 8, "c", 1.5, 1e10)),
    ("%(a)s and %(b)d", ({"a": "x", "b": 2},)),
    ("%s", ({},)),
    ("%s", ({"a": 1},)),
    ("%s", (Colour.RED,)),
    ("%d", (Colour.RED,)),
    ("%s", (Text("t"),)),
    (Text("t %s"), (1,)),
    ("%s %r", (Odd(), Odd())),
    (Odd(), ()),
    (12, ()),
    (None, ()),
    (ValueError("no"), ()),
    ("two\nlines %s", ("a\nb",)),
    ("%s", (b"bytes",)),
    ("%-10s|", ("한",)),
    ("%*d", (5, 3)),
    ("tab\tquote\"", ()),
]


class Oracle:
    """The same record by the standard library's formatter."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logging.Formatter(FORMAT, "%Y-%m-%d %H:%M:%S"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[logging.Logger, bongsu.Handler, Path]]:
    bongsu.install()
    logger = logging.getLogger("same.bytes")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    path = tmp_path / "same.log"
    handler = bongsu.Handler(path)
    logger.addHandler(handler)
    yield logger, handler, path
    logger.removeHandler(handler)
    handler.close()
    bongsu.uninstall()


def say(logger: logging.Logger, msg: Any, args: tuple[Any, ...]) -> None:
    logger.info(msg, *args)


def without_time(text: str) -> list[str]:
    return [line[22:] if line.startswith("[20") else line for line in text.split("\n")]


@pytest.mark.parametrize(("msg", "args"), MESSAGES, ids=repr)
def test_both_paths_write_what_the_standard_formatter_writes(
    pair: tuple[logging.Logger, bongsu.Handler, Path], msg: Any, args: tuple[Any, ...]
) -> None:
    logger, handler, path = pair
    fast = counted(lambda: say(logger, msg, args))
    oracle = Oracle()
    logger.addHandler(oracle.handler)
    slow = counted(lambda: say(logger, msg, args))
    logger.removeHandler(oracle.handler)
    handler.flush()
    expected = without_time(oracle.stream.getvalue())[:-1]
    assert without_time(path.read_text(encoding="utf-8"))[:-1] == expected * 2
    assert slow == {"slow": 1, "foreign": 1, "handled": 1}
    is_mapping = len(args) == 1 and isinstance(args[0], dict)
    assert fast == ({"slow": 1, "unusual": 1, "handled": 1} if is_mapping else {"fast": 1, "written": 1})


@pytest.mark.parametrize(
    ("msg", "args"),
    [("%d", ("x",)), ("%s %s", (1,)), ("%s", (1, 2)), ("%", (1,)), ("%q", (1,)), ("no place", (1,)), ("%(a)s", ("x",))],
    ids=repr,
)
def test_a_message_that_cannot_be_made_is_told_as_the_standard_library_tells_it(
    pair: tuple[logging.Logger, bongsu.Handler, Path], msg: str, args: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler, path = pair
    say(logger, msg, args)
    handler.flush()
    said = capsys.readouterr().err
    assert "--- Logging error ---" in said
    assert f"Message: {msg!r}\nArguments: {args!r}" in said
    assert path.read_text() == ""


def test_random_messages_are_the_same(pair: tuple[logging.Logger, bongsu.Handler, Path]) -> None:
    logger, handler, path = pair
    chance = random.Random(20250606)
    pieces = ["%s", "%d", "%r", "%.2f", "%f", "%%", " ", "a", "é", "한", "😀", "=", "%5s", "%i"]
    values: list[Any] = [0, -5, 1.25, "x", "ü", "한글", "😀", None, True, 10**30, (1,), Odd(), Text("s"), "\udc80"]
    oracle = Oracle()
    for _ in range(3000):
        msg = "".join(chance.choice(pieces) for _ in range(chance.randrange(6)))
        args = tuple(chance.choice(values) for _ in range(chance.randrange(4)))
        try:
            expected = (msg % args if args else msg).encode("utf-8", "backslashreplace").decode()
        except (TypeError, ValueError):
            continue
        oracle.stream.write(expected + "\n")
        say(logger, msg, args)
    handler.flush()
    written = [line.split(" | ", 1)[1] for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    assert written == oracle.stream.getvalue().split("\n")[:-1]


def test_a_lone_surrogate_is_written_as_an_escape(pair: tuple[logging.Logger, bongsu.Handler, Path]) -> None:
    logger, handler, path = pair
    say(logger, "bad \udcff", ())
    say(logger, "%s", ("bad \udcff",))
    handler.flush()
    assert [line.split(" | ")[1] for line in path.read_text(encoding="utf-8").splitlines()] == ["bad \\udcff"] * 2


def test_names_that_are_longer_than_their_columns_are_not_cut(tmp_path: Path) -> None:
    bongsu.install()
    logger = logging.getLogger("a.very.long.name.of.a.logger.봉수")
    logger.propagate = False
    handler = bongsu.Handler(tmp_path / "x.log")
    logger.addHandler(handler)

    def a_function_with_a_name_of_more_than_twenty_letters() -> None:
        logger.error("x")

    fast = counted(a_function_with_a_name_of_more_than_twenty_letters)
    oracle = Oracle()
    logger.addHandler(oracle.handler)
    a_function_with_a_name_of_more_than_twenty_letters()
    handler.flush()
    assert fast == {"fast": 1, "written": 1}
    assert without_time((tmp_path / "x.log").read_text(encoding="utf-8"))[:-1] == without_time(oracle.stream.getvalue())[:-1] * 2
    logger.handlers.clear()
    bongsu.uninstall()
