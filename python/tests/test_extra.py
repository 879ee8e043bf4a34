"""`extra=` on the quick path: the fields, their bytes and their errors are those of the standard path."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import logging
import sys
import random
import re
from collections import OrderedDict, UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import counted

FAST = {"fast": 1, "written": 1}
UNUSUAL = {"slow": 1, "unusual": 1}
LAYOUTS = ("json", "{level} {user} {token} {page} {message}", "detailed", "simple", "component", "performance")


class Text(str):
    pass


class Shade(enum.IntEnum):
    RED = 3


class Odd:
    def __str__(self) -> str:
        return "odd 한 password=hunter2"


class Fails:
    def __str__(self) -> str:
        raise ValueError("no text")


class Foreign(logging.Handler):
    """What sends every call the standard way."""

    def emit(self, record: logging.LogRecord) -> None:
        pass


class Both:
    """A logger with a handler a layout, whose calls are done both ways."""

    def __init__(self, folder: Path, layouts: tuple[str, ...]) -> None:
        self.logger = logging.getLogger("extra.both")
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)
        self.paths = [folder / f"{number}.log" for number in range(len(layouts))]
        self.handlers = [bongsu.Handler(path, layout=layout) for path, layout in zip(self.paths, layouts, strict=True)]
        self.logger.handlers[:] = self.handlers

    def written(self) -> list[str]:
        """What is in the files, without the time of day."""
        found = []
        for handler, path in zip(self.handlers, self.paths, strict=True):
            handler.flush()
            text = path.read_text(encoding="utf-8")
            found.append(re.sub(r'^(\{"Timestamp":"[^"]*"|\[[-0-9: ]+\])', "", text, flags=re.MULTILINE))
        return found

    def say(self, extra: Any, *args: Any, **more: Any) -> dict[str, int]:
        """Logs both ways; what became of the first one."""
        before = self.written()
        fast = counted(lambda: self.call(extra, *args, **more))
        between = self.written()
        foreign = Foreign()
        self.logger.addHandler(foreign)
        slow = counted(lambda: self.call(extra, *args, **more))
        self.logger.removeHandler(foreign)
        after = self.written()
        assert (slow["slow"], slow["handled"]) == (1, len(self.handlers))
        for old, middle, new in zip(before, between, after, strict=True):
            assert middle != old
            assert new[len(middle) :] == middle[len(old) :]
        return fast

    def call(self, extra: Any, *args: Any, **more: Any) -> None:
        """One place, so that both lines name it."""
        self.logger.warning("said %s" if args else "said", *args, extra=extra, **more)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    bongsu.install()
    made = Both(tmp_path, LAYOUTS)
    yield made
    for handler in made.handlers:
        made.logger.removeHandler(handler)
        handler.close()
    bongsu.uninstall()


VALUES: list[Any] = [
    0,
    -5,
    2**63 - 1,
    -(2**63),
    2**63,
    10**40,
    10**5000,
    1.0,
    -0.0,
    1e300,
    5e-324,
    float("nan"),
    float("inf"),
    True,
    False,
    None,
    "",
    "bob",
    "한글 é 😀",
    'quote " back \\ tab \t line \n nul \x00',
    "lone \udcff",
    b"raw \xff",
    "token=a1b2c3d4e5",
    "4111-1111-1111-1111",
    4111111111111111,
    "AKIAIOSFODNN7EXAMPLE",
    "Bearer abcdefghijklmnop",
    "/run/user/1000",
    [1, "a", None, float("nan")],
    (1, 2.5),
    {"password": "hunter2", "n": [1, {"token": "abc", "tokens": 5}]},
    {1: 2, "x": Odd()},
    {"deep": [[[[["x"]]]]]},
    {"s"},
    Text("token=a1b2c3d4e5"),
    Shade.RED,
    Odd(),
    Fails(),
    decimal.Decimal("1.50"),
    datetime.date(2025, 6, 6),
    object,
]
NAMES = [
    "user", "page", "token", "tokens", "password", "api_key", "PWD", "pwd", "Cookie", "사용자", "비밀번호", "lone \udc80", "",
    "a.b", "with \"quote\"", "code.line.number", "operation", "duration", "level", "time", "page_token", "password2", "card",
    "__class__", "__dict__", "__str__", "levels", "Message",
]  # fmt: skip
TAKEN = [
    *vars(logging.LogRecord("x", 20, "x", 1, "x", (), None)),
    "message", "asctime",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=[f"{number}-{type(value).__name__}" for number, value in enumerate(VALUES)])
def test_a_value_is_shown_alike_under_every_name(both: Both, value: Any) -> None:
    assert both.say({"user": value}) == FAST
    assert both.say(dict.fromkeys(NAMES, value)) == FAST
    assert all("hunter2" not in text for text in both.written())


def test_random_fields_are_shown_alike_in_their_order(both: Both) -> None:
    chance = random.Random(20250606)
    for number in range(300):
        names = chance.sample(NAMES, chance.randrange(8))
        # A key that was just made and one that is written out are the same name.
        extra = {(name + " ")[:-1] if chance.random() < 0.3 else name: chance.choice(VALUES) for name in names}
        args = (number, Odd(), "x")[: chance.randrange(2)]
        assert both.say(extra, *args) == FAST


@pytest.mark.parametrize("given", [None, {}])
def test_nothing_given_is_nothing_shown(both: Both, given: Any) -> None:
    assert both.say(given) == FAST
    assert '"user"' not in both.written()[0]


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_a_record_has_is_refused_as_the_standard_library_refuses_it(both: Both, name: str) -> None:
    for key in (name, (name + " ")[:-1]):
        with pytest.raises(KeyError, match=re.escape(f"Attempt to overwrite {name!r} in LogRecord")):
            both.call({"user": "kim", key: 1})
    assert both.written() == [""] * len(LAYOUTS)


def test_it_is_refused_by_handlers_that_show_no_fields_too(tmp_path: Path) -> None:
    bongsu.install()
    made = Both(tmp_path, ("component",))
    with pytest.raises(KeyError):
        made.call({"name": 1})
    made.handlers[0].setLevel(logging.CRITICAL)
    with pytest.raises(KeyError):
        made.call({"name": 1})
    assert counted(lambda: made.call({"user": 1})) == FAST
    assert made.written() == [""]
    made.logger.handlers.clear()
    bongsu.uninstall()


def test_a_field_that_hides_a_method_of_the_record_is_left_to_the_standard_path(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    fast = counted(lambda: both.call({"getMessage": 1}))
    assert fast == UNUSUAL
    assert "--- Logging error ---" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        OrderedDict(user="kim"),
        UserDict(user="kim"),
        {Text("user"): "kim"},
    ],
    ids=lambda given: type(given).__name__,
)
def test_anything_but_a_dictionary_of_texts_takes_the_standard_path(both: Both, given: Any) -> None:
    assert both.say(given) == {**UNUSUAL, "handled": len(LAYOUTS)}
    assert '"user":"kim"' in both.written()[0]


@pytest.mark.parametrize("given", ["text", 5, [("a", 1)], False])
def test_what_is_no_mapping_fails_as_in_the_standard_library(both: Both, given: Any) -> None:
    def failure() -> str:
        try:
            both.call(given)
        except Exception as error:
            return repr(error)
        return "none"

    quick = failure()
    both.logger.addHandler(foreign := Foreign())
    assert quick == failure()
    both.logger.removeHandler(foreign)


def test_fields_are_taken_before_the_message_and_read_after_it(both: Both) -> None:
    def call() -> None:
        shared: list[Any] = [1]
        extra: dict[str, Any] = {"user": "first", "page": shared}

        class Changes:
            def __str__(self) -> str:
                extra.update(user="second", more=1)
                extra.pop("page", None)
                shared[:] = [1, 2]
                return "changed"

        both.call(extra, Changes())

    assert counted(call) == FAST
    between = both.written()
    both.logger.addHandler(foreign := Foreign())
    call()
    both.logger.removeHandler(foreign)
    assert both.written() == [text * 2 for text in between]
    assert '"user":"first","page":[1,2]}' in between[0]


def test_a_dictionary_that_changes_while_it_is_shown(both: Both) -> None:
    shared: dict[str, object] = {}

    class Grows:
        def __str__(self) -> str:
            shared[f"more{len(shared)}"] = 1
            both.logger.info("from inside", extra={"user": shared.get("none")})
            return "grown"

    shared.update(first=Grows(), second=Grows())
    assert counted(lambda: both.call({"user": "kim", "page": shared})) == {"fast": 3, "written": 3}
    assert '"user":"kim","page":{"first":"grown","second":"grown"}' in both.written()[0]


def test_fields_of_the_context_come_first_and_count_less(both: Both) -> None:
    with bongsu.contextualize(user="around", place="서울", token="a1b2c3"):
        assert both.say({"page": 1}) == FAST
        assert both.say({"page": 1, "user": "own", "token": 5}) == FAST
        assert both.say({}) == FAST
        assert both.say(None) == FAST
    with bongsu.contextualize(**{"lone \udc80": 1}):
        assert both.say({"page": 1}) == FAST
    first, _, second, *_ = both.written()[0].splitlines()
    assert first.endswith('"user":"around","place":"서울","token":"***HIDDEN***","page":1}}')
    assert second.endswith('"user":"own","place":"서울","token":5,"page":1}}')


def test_rules_of_the_program_count_from_the_next_record_on(both: Both) -> None:
    extra = {"pin": 1234, "token": "abc", "user": "EMP004711", "ids": ["EMP004711"]}
    assert both.say(extra) == FAST
    try:
        bongsu.mask(r"EMP\d+", fields=["pin"], allow=["token"])
        assert both.say(extra) == FAST
    finally:
        bongsu.reset_mask()
    assert both.say(extra) == FAST
    lines = both.written()[0].splitlines()
    assert '"pin":1234,"token":"***HIDDEN***","user":"EMP004711"' in lines[0]
    assert '"pin":"***HIDDEN***","token":"abc","user":"***HIDDEN***","ids":["***HIDDEN***"]' in lines[2]
    assert lines[4] == lines[0]


@pytest.mark.skipif("exceptiongroup" in sys.modules, reason="what pytest needs on 3.10 replaces functions of `traceback`")
def test_exceptions_and_fields_together(both: Both) -> None:
    try:
        raise ValueError("boom")
    except ValueError:
        assert both.say({"user": "kim"}, exc_info=True) == FAST
        assert counted(lambda: both.logger.exception("x", extra={"user": "kim"})) == FAST
    assert counted(lambda: both.call({"user": "kim"}, stack_info=True)) == {**UNUSUAL, "handled": len(LAYOUTS)}
    assert both.say({"user": "kim"}, exc_info=False) == FAST


def test_an_adapter_takes_the_quick_path(both: Both) -> None:
    adapter = logging.LoggerAdapter(both.logger, {"user": "kim"})
    assert counted(lambda: adapter.info("x")) == FAST
    assert '"user":"kim"' in both.written()[0]
    assert '"code.function.name":"<lambda>"' in both.written()[0]


def test_many_keys_are_told_apart(both: Both) -> None:
    for number in range(2000):
        both.logger.info("x", extra={f"key{number}": number})
    lines = both.written()[0].splitlines()
    assert [line for number, line in enumerate(lines) if f'"key{number}":{number}}}' not in line] == []


def test_nothing_is_null_in_json_and_none_in_a_template(tmp_path: Path) -> None:
    log = logging.getLogger("extra.nothing")
    log.propagate = False
    handlers = [bongsu.Handler(tmp_path / "x.json", layout="json"), bongsu.Handler(tmp_path / "x.log", layout="{error}|{user}")]
    for handler in handlers:
        log.addHandler(handler)
    for filtered in (False, True):
        if filtered:
            log.addFilter(lambda record: True)
        with bongsu.contextualize(user=None):
            log.warning("x", extra={"error": None})
    for handler in handlers:
        handler.close()
        log.removeHandler(handler)
    told = [json.loads(line)["Attributes"] for line in (tmp_path / "x.json").read_text(encoding="utf-8").splitlines()]
    assert [(one["error"], one["user"]) for one in told] == [(None, None)] * 2
    assert (tmp_path / "x.log").read_text(encoding="utf-8") == "None|None\n" * 2
