"""`log_execution`: the lines it writes, and that what it is put on stays what it was."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import inspect
import logging
import pickle
import re
import sys
import traceback
import types
import typing
import weakref
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu import log_execution
from conftest import Lines


def said(lines: list[str]) -> list[str]:
    """Levels and messages of a component's file, durations as 0.000s; lines of tracebacks as they are."""
    text = [re.sub(r"^\[[^]]*\] (\w+) +\S+ +\| ", r"\1 ", line) for line in lines]
    return [re.sub(r"\d+\.\d{3}s", "0.000s", line) for line in text]


@log_execution(component="films", level="debug", log_args=True, log_result=True)
def load(path: str, limit: int = 3, *more: int, strict: bool = False) -> list[int]:
    """Loads films."""
    if not path:
        raise ValueError("no path")
    return list(range(limit))


def test_a_function_tells_its_beginning_its_end_and_how_long_it_took(home: Path, lines: Lines) -> None:
    assert load("films.csv") == [0, 1, 2]
    assert load("x", 1, 7, strict=True) == [0]
    with pytest.raises(ValueError, match="no path"):
        load("")
    told = said(lines("app/films.log"))
    assert told[:6] == [
        "INFO Starting load with args: ('films.csv',) kwargs: {}",
        "INFO Completed load in 0.000s with result: [0, 1, 2]",
        "INFO Starting load with args: ('x', 1, 7) kwargs: {'strict': True}",
        "INFO Completed load in 0.000s with result: [0]",
        "INFO Starting load with args: ('',) kwargs: {}",
        "ERROR Failed load after 0.000s: no path",
    ]
    assert told[6] == "DEBUG Full traceback for load: Traceback (most recent call last):"
    assert told[-1] == "ValueError: no path"
    assert 'in load' in told[7]
    performance = [line.split(" | ")[-1] for line in said(lines("performance/films_performance.log"))]
    assert performance == ['{"args_count":1,"kwargs_count":0}', '{"args_count":3,"kwargs_count":1}']
    assert "PERF performance.films | load completed in 0." in lines("performance/films_performance.log")[0]
    (failed,) = lines("error/error.log")
    line = inspect.getsourcelines(load.__wrapped__)[1] + 1  # type: ignore[attr-defined]
    assert f"ERROR    films           load                 L{line:>3} | Failed load after" in failed


def test_values_are_cut_at_100_and_200_characters(home: Path, lines: Lines) -> None:
    @log_execution(component="cut", log_args=True, log_result=True)
    def echo(text: str, *, other: Any = None) -> str:
        return text

    echo("봉" * 300, other=[1] * 200)
    first, last = said(lines("app/cut.log"))
    assert first == f"INFO Starting echo with args: ('{'봉' * 99},) kwargs: {{'other': {str([1] * 200)[:100]}}}"
    assert last == f"INFO Completed echo in 0.000s with result: '{'봉' * 199}"


def test_without_options_the_module_is_the_component_and_no_value_is_shown(home: Path, lines: Lines) -> None:
    @log_execution
    def plain(secret: str) -> str:
        return secret

    assert plain("x") == "x"
    assert said(lines("app/test_log_execution.log")) == ["INFO Starting plain", "INFO Completed plain in 0.000s"]


@log_execution()
def empty() -> None: ...


def test_parentheses_without_options_are_the_same(home: Path, lines: Lines) -> None:
    empty()
    assert len(lines("app/test_log_execution.log")) == 2


def test_the_exception_goes_on_as_it_is_without_a_frame_of_ours(home: Path) -> None:
    error = KeyError("x")

    @log_execution
    def fail() -> None:
        raise error

    with pytest.raises(KeyError) as caught:
        fail()
    assert caught.value is error
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert frames == ["test_the_exception_goes_on_as_it_is_without_a_frame_of_ours", "fail"]


def test_an_error_without_text_is_told_by_its_name(home: Path, lines: Lines) -> None:
    @log_execution(component="nameless")
    def fail() -> None:
        raise asyncio.TimeoutError

    with pytest.raises(asyncio.TimeoutError):
        fail()
    assert said(lines("app/nameless.log"))[-1] == "ERROR Failed fail after 0.000s: TimeoutError"


def test_a_good_exit_is_no_failure(home: Path, lines: Lines) -> None:
    @log_execution(component="exit")
    def leave(code: Any) -> None:
        raise SystemExit(code)

    for code in (None, 0, 3):
        with pytest.raises(SystemExit):
            leave(code)
    told = said(lines("app/exit.log"))
    assert [line for line in told if "Starting" not in line] == [
        "INFO Completed leave in 0.000s",
        "INFO Completed leave in 0.000s",
        "ERROR Failed leave after 0.000s: 3",
    ]


def test_coroutine_functions_are_logged_while_they_run(home: Path, lines: Lines) -> None:
    @log_execution(component="async", level="DEBUG", log_args=True, log_result=True)
    async def fetch(page: int) -> int:
        """Fetches."""
        await asyncio.sleep(0)
        if page == 0:
            raise LookupError("no such page")
        return page * 2

    assert inspect.iscoroutinefunction(fetch)
    waiting = fetch(1)
    assert inspect.iscoroutine(waiting) and waiting.__name__ == "fetch"
    assert lines("app/async.log") == []

    async def both() -> list[int | BaseException]:
        async def never() -> None:
            await asyncio.wait_for(sleepy(), 0.01)

        await asyncio.gather(never(), return_exceptions=True)
        return await asyncio.gather(waiting, fetch(0), return_exceptions=True)

    @log_execution(component="async")
    async def sleepy() -> None:
        await asyncio.sleep(30)

    result, error = asyncio.run(both())
    assert result == 2 and isinstance(error, LookupError)
    told = said(lines("app/async.log"))
    assert "ERROR Failed sleepy after 0.000s: CancelledError" in told
    assert "INFO Completed fetch in 0.000s with result: 2" in told
    assert "ERROR Failed fetch after 0.000s: no such page" in told
    traceback_lines = told[told.index("DEBUG Full traceback for fetch: Traceback (most recent call last):") :]
    assert not any("_drive.py" in line for line in traceback_lines)


def test_generators_keep_what_is_sent_thrown_and_returned(home: Path, lines: Lines) -> None:
    @log_execution(component="gen", log_result=True)
    def count(most: int) -> typing.Generator[int, str, str]:
        heard = []
        for number in range(most):
            try:
                heard.append((yield number))
            except KeyError:
                heard.append("thrown")
        return "-".join(map(str, heard))

    assert inspect.isgeneratorfunction(count)
    going = count(3)
    assert lines("app/gen.log") == []
    assert next(going) == 0 and going.send("a") == 1 and going.throw(KeyError("k")) == 2
    with pytest.raises(StopIteration) as stop:
        going.send("b")
    assert stop.value.value == "a-thrown-b"
    for _ in count(3):
        break
    broken = count(1)
    next(broken)
    with pytest.raises(OSError):
        broken.throw(OSError("disk"))
    assert said(lines("app/gen.log")) == [
        "INFO Starting count",
        "INFO Completed count in 0.000s with result: 'a-thrown-b'",
        "INFO Starting count",
        "INFO Completed count in 0.000s",
        "INFO Starting count",
        "ERROR Failed count after 0.000s: disk",
    ]


def test_asynchronous_generators_too(home: Path, lines: Lines) -> None:
    @log_execution(component="agen")
    async def count(most: int) -> typing.AsyncGenerator[int, str | None]:
        for number in range(most):
            try:
                sent = yield number
                if sent:
                    yield -1
            except KeyError:
                yield -2

    async def go() -> None:
        assert [number async for number in count(2)] == [0, 1]
        steps = count(5)
        assert await steps.__anext__() == 0
        assert await steps.asend("x") == -1
        assert await steps.__anext__() == 1
        assert await steps.athrow(KeyError("k")) == -2
        await steps.aclose()
        with pytest.raises(OSError):
            steps = count(1)
            await steps.__anext__()
            await steps.athrow(OSError("disk"))

    assert inspect.isasyncgenfunction(count)
    asyncio.run(go())
    assert said(lines("app/agen.log")) == [
        "INFO Starting count",
        "INFO Completed count in 0.000s",
        "INFO Starting count",
        "INFO Completed count in 0.000s",
        "INFO Starting count",
        "ERROR Failed count after 0.000s: disk",
    ]


class Shelf:
    """Methods of every kind."""

    @log_execution(component="methods", log_args=True)
    def method(self, film: str) -> str:
        return film

    @log_execution(component="methods", log_args=True)
    @classmethod
    def of_class(cls, film: str) -> str:
        return film + cls.__name__

    @classmethod
    @log_execution(component="methods", log_args=True)
    def of_class_inside(cls, film: str) -> str:
        return film + cls.__name__

    @log_execution(component="methods", log_args=True)
    @staticmethod
    def static(film: str) -> str:
        return film

    @staticmethod
    @log_execution(component="methods", log_args=True)
    def static_inside(film: str) -> str:
        return film

    @log_execution(component="methods")
    @property
    def size(self) -> int:
        """How many."""
        return 3

    @property
    @log_execution(component="methods")
    def size_inside(self) -> int:
        return 4

    @log_execution(component="methods")
    @functools.cached_property
    def kept(self) -> int:
        return 5

    @log_execution(component="methods", log_args=True)
    async def later(self, film: str) -> str:
        return film


def test_methods_of_every_kind_show_neither_self_nor_cls(home: Path, lines: Lines) -> None:
    shelf = Shelf()
    assert shelf.method("a") == Shelf.method(shelf, "a") == "a"
    assert Shelf.of_class("a") == shelf.of_class("a") == Shelf.of_class_inside("a") == "aShelf"
    assert Shelf.static("a") == shelf.static("a") == Shelf.static_inside("a") == "a"
    assert (shelf.size, shelf.size_inside, shelf.kept, shelf.kept) == (3, 4, 5, 5)
    assert asyncio.run(shelf.later("a")) == "a"
    assert Shelf.size.__doc__ == "How many."
    told = [line for line in said(lines("app/methods.log")) if "Starting" in line]
    assert len(told) == 12
    assert {line.split("with ")[1] for line in told if "with" in line} == {"args: ('a',) kwargs: {}"}
    assert all('"args_count":1' in line for line in lines("performance/methods_performance.log") if "static" in line)


def test_a_class_has_its_public_methods_logged(home: Path, lines: Lines) -> None:
    @log_execution(component="whole")
    class Store:
        limit: typing.ClassVar[int] = 3

        def __init__(self) -> None:
            self.films: list[str] = []

        def add(self, film: str) -> None:
            self.films.append(film)

        def _private(self) -> None: ...

        def __len__(self) -> int:
            return len(self.films)

        @property
        def first(self) -> str:
            return self.films[0]

    store = Store()
    store.add("a")
    store._private()
    assert isinstance(store, Store) and len(store) == 1 and store.first == "a"
    starting = [line.split("Starting ")[1] for line in lines("app/whole.log") if "Starting" in line]
    assert starting == ["__init__", "add", "first"]


def test_what_it_is_put_on_stays_itself(home: Path) -> None:
    assert load.__name__ == "load" and load.__qualname__ == "load" and load.__doc__ == "Loads films."
    assert load.__module__ == __name__ and load.__annotations__["limit"] == "int"
    assert str(inspect.signature(load)) == "(path: 'str', limit: 'int' = 3, *more: 'int', strict: 'bool' = False) -> 'list[int]'"
    assert typing.get_type_hints(load)["return"] == list[int]
    assert inspect.isroutine(load) and callable(load)
    assert inspect.unwrap(load) is load.__wrapped__  # type: ignore[attr-defined]
    assert inspect.getsource(load).startswith("@log_execution")
    assert pickle.loads(pickle.dumps(load)) is load and copy.deepcopy(load) is load
    method = pickle.loads(pickle.dumps(Shelf().method))
    assert method("a") == "a"
    bound = Shelf().method
    assert inspect.ismethod(bound) and bound.__func__ is Shelf.method
    load.note = "kept"  # type: ignore[attr-defined]
    assert vars(load)["note"] == "kept"
    with pytest.raises(AttributeError, match="no_such"):
        load.no_such  # type: ignore[attr-defined]


def test_functions_that_are_no_functions_of_python_work_too(home: Path, lines: Lines) -> None:
    length = log_execution(component="odd", log_args=True)(len)
    assert length("abc") == 3
    cached = log_execution(component="odd")(functools.lru_cache(lambda number: number + 1))
    assert cached(1) == cached(1) == 2 and cached.cache_info().hits == 1
    half = log_execution(component="odd", log_args=True)(functools.partial(pow, 2))
    assert half(5) == 32
    assert said(lines("app/odd.log"))[0] == "INFO Starting len with args: ('abc',) kwargs: {}"
    with pytest.raises(TypeError, match="exactly one argument"):
        length()


def test_arguments_that_cannot_be_shown_do_no_harm(home: Path, lines: Lines) -> None:
    class Bad:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    ring: list[Any] = []
    ring.append(ring)
    echo = log_execution(component="bad", log_args=True, log_result=True)(lambda *values: values[0])
    assert echo(ring, {"a": ring}, Bad(), 10**5000, "\udc80") is ring
    (first, _) = said(lines("app/bad.log"))
    assert "<Bad without repr>" in first and "<int without repr>" in first


def test_levels_decide_what_is_written_and_change_at_run_time(home: Path, lines: Lines) -> None:
    errors = log_execution(component="errors", level="ERROR")(lambda fail: 1 / 0 if fail else 1)
    nothing = log_execution(component="nothing", level="CRITICAL")(lambda: 1 / 0)
    assert errors(False) == 1
    for call in (lambda: errors(True), nothing):
        with pytest.raises(ZeroDivisionError):
            call()
    assert [line.split()[0] for line in said(lines("app/errors.log"))] == ["ERROR"]
    assert lines("app/nothing.log") == [] and lines("performance/errors_performance.log") == []

    steered = log_execution(component="steered")(lambda: 1)
    steered()
    logging.getLogger("steered").setLevel("ERROR")
    steered()
    logging.getLogger("steered").setLevel("INFO")
    steered()
    logging.disable(logging.INFO)
    steered()
    logging.disable(logging.NOTSET)
    assert len(lines("app/steered.log")) == 4


def test_a_level_that_the_program_gave_its_logger_counts(home: Path, lines: Lines) -> None:
    logging.getLogger("quiet").setLevel("ERROR")
    log_execution(component="quiet")(lambda: 1)()
    bongsu.get_logger("loud", level="ERROR")
    log_execution(component="loud")(lambda: 1)()
    assert lines("app/quiet.log") == [] and len(lines("app/loud.log")) == 2
    assert logging.getLogger("loud").level == logging.ERROR


def test_foreign_handlers_and_filters_see_the_records(home: Path) -> None:
    seen: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    logger, handler = logging.getLogger("foreign"), Keep()
    logger.addHandler(handler)
    try:
        call = log_execution(component="foreign")(empty.__wrapped__)  # type: ignore[attr-defined]
        call()
        logger.addFilter(lambda record: "Starting" not in record.getMessage())
        call()
    finally:
        logger.removeHandler(handler)
        logger.filters.clear()
    assert [record.getMessage().split()[0] for record in seen] == ["Starting", "Completed", "Completed"]
    assert seen[0].funcName == "empty" and seen[0].filename == "test_log_execution.py"


def test_another_log_home_is_found_after_a_restart(tmp_path: Path) -> None:
    call = log_execution(component="again")(lambda: 1)
    for name in ("one", "two"):
        bongsu.start(tmp_path / name, console=False)
        call()
        bongsu.shutdown()
        assert len((tmp_path / name / "app" / "again.log").read_text().splitlines()) == 2
    bongsu.uninstall()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"component": ""}, "component takes a name"),
        ({"component": 3}, "stands on functions"),
        ({"log_file": "a/b.log"}, "log_file='a/b.log'"),
        ({"log_file": "application.log"}, "log_file='application.log'"),
        ({"log_file": 3}, "log_file takes a file name"),
        ({"level": "LOUD"}, "level='LOUD'.*DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"level": None}, "level=None"),
        ({"log_args": "yes"}, "log_args takes True or False"),
        ({"log_result": 1}, "log_result takes True or False"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(given: dict[str, Any], named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        log_execution(**given)


def test_it_stands_on_nothing_that_cannot_be_called() -> None:
    with pytest.raises(bongsu.BongsuError, match="functions, methods, properties and classes, not on 3"):
        log_execution(component="x")(3)
    with pytest.raises(bongsu.BongsuError, match="write @log_execution"):
        log_execution(empty, level="ERROR")  # type: ignore[call-overload]


def test_nothing_that_a_call_was_given_is_held_when_it_is_over(home: Path) -> None:
    """What the quick functions drop is dropped at once, though no other function of the module is called."""

    @bongsu.log_execution(component="films", log_args=True, log_result=True)
    def fail(value: object) -> None:
        raise ValueError(value)

    fail_once = contextlib.suppress(ValueError)
    value = object()
    before = sys.getrefcount(value)
    for _ in range(10):
        with fail_once:
            fail(value)
    assert sys.getrefcount(value) == before


def test_the_code_of_a_caller_is_held_by_a_table_with_an_end(home: Path) -> None:
    log = bongsu.get_logger("films")
    codes: list[weakref.ref[types.CodeType]] = []
    for nth in range(20_000):
        code = compile("log.info('x')", f"made{nth}.py", "exec")
        codes.append(weakref.ref(code))
        exec(code, {"log": log})
    del code
    assert sum(code() is not None for code in codes) <= 4096
