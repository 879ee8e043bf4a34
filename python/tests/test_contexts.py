"""`LogContext`, and fields that hold in a block, a thread, a task."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu import LogContext, bind, contextualize, current_fields, propagate, unbind
from conftest import Lines, counted
from test_log_execution import said


@pytest.fixture(autouse=True)
def no_fields() -> Any:
    yield
    unbind()


@pytest.fixture
def attributes(home: Path) -> Any:
    """The attributes of what was logged so far, by message."""
    handler = bongsu.Handler(home / "app" / "all.json", layout="json")
    logging.getLogger().addHandler(handler)

    def read() -> dict[str, dict[str, Any]]:
        handler.flush()
        rows = [json.loads(line) for line in (home / "app" / "all.json").read_text(encoding="utf-8").splitlines()]
        return {row["Body"]: own(row.get("Attributes", {})) for row in rows}

    yield read
    logging.getLogger().removeHandler(handler)
    handler.close()


def own(attributes: dict[str, Any]) -> dict[str, Any]:
    """Those of the program, without where the call stands."""
    return {name: value for name, value in attributes.items() if not name.startswith("code.")}


def test_a_context_tells_its_beginning_and_its_end(home: Path, lines: Lines) -> None:
    with LogContext("features", "join") as context:
        context.add_metadata("tables", 2)
        context.add_metadata("이름", "봉수")
        context.log_info("two tables read")
    with pytest.raises(OSError), LogContext("features", "join", "other.log"):
        raise OSError("disk full")
    assert said(lines("app/features.log")) == [
        "INFO join started",
        "INFO join | two tables read",
        "INFO join completed successfully in 0.000s",
        *said(lines("app/other.log")),
    ]
    assert said(lines("app/other.log"))[:3] == [
        "INFO join started",
        "ERROR join failed after 0.000s: disk full",
        "DEBUG Error traceback: Traceback (most recent call last):",
    ]
    (performance,) = lines("performance/features_performance.log")
    assert performance.endswith('s | {"tables":2,"이름":"봉수"}')
    assert "test_a_context_tells_its_beginning_and_its_end L" in lines("app/application.log")[1]


def test_without_metadata_the_performance_line_has_no_last_part(home: Path, lines: Lines) -> None:
    async def work() -> None:
        async with LogContext("features", "wait") as context:
            await asyncio.sleep(0)
            context.log_info(3)

    asyncio.run(work())
    (performance,) = lines("performance/features_performance.log")
    assert performance.endswith("s") and "wait completed in 0." in performance
    assert said(lines("app/features.log"))[1] == "INFO wait | 3"


def test_contexts_put_their_fields_on_what_is_inside(home: Path, attributes: Any) -> None:
    log = logging.getLogger("inside")
    with LogContext("outer", "load") as outer:
        log.info("a")
        outer.add_metadata("rows", 20)
        with LogContext("inner", "parse"):
            log.info("b")
        log.info("c")
    log.info("d")
    found = attributes()
    assert found["a"] == {"component": "outer", "operation": "load"}
    assert found["b"] == {"component": "inner", "operation": "parse", "rows": 20}
    assert found["c"] == {"component": "outer", "operation": "load", "rows": 20}
    assert found["d"] == {}


def test_fields_are_on_every_record_by_either_path(home: Path, attributes: Any) -> None:
    log = logging.getLogger("both")
    with contextualize(user="kim", half=0.5, on=True):
        assert counted(lambda: log.info("quick"))["fast"] == 1
        assert counted(lambda: log.info("slow", extra={"user": "lee", "page": 2}, stacklevel=1))["slow"] == 1
        with contextualize(user="choi"):
            log.info("nested")
        bind(request="r-1")
        log.info("bound")
        unbind("user", "half")
        log.info("unbound")
    log.info("after")
    found = attributes()
    assert found["quick"] == {"user": "kim", "half": 0.5, "on": True}
    assert found["slow"] == {"user": "lee", "half": 0.5, "on": True, "page": 2}
    assert found["nested"]["user"] == "choi"
    assert found["bound"] == {"user": "kim", "half": 0.5, "on": True, "request": "r-1"}
    assert found["unbound"] == {"on": True, "request": "r-1"}
    assert found["after"] == {}


def test_handlers_of_others_see_fields_as_extra(home: Path) -> None:
    seen: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    handler = Keep()
    log = logging.getLogger("others")
    log.addHandler(handler)
    try:
        with contextualize(user="kim"):
            log.info("a")
            log.info("b", extra={"user": "lee"})
            log.info("c", exc_info=False, stacklevel=1)
            logging.LoggerAdapter(log, {"page": 1}).info("d")
            bongsu.log_execution(component="others")(lambda: None)()
        log.info("e")
    finally:
        log.removeHandler(handler)
    users = [getattr(record, "user", None) for record in seen]
    assert users == ["kim", "lee", "kim", "kim", "kim", "kim", None]
    assert seen[0].funcName == "test_handlers_of_others_see_fields_as_extra"


def test_texts_show_fields_only_where_a_template_asks(home: Path, lines: Lines) -> None:
    handler = bongsu.Handler(home / "app" / "own.log", layout="{user}|{message}")
    log = logging.getLogger("template")
    log.addHandler(handler)
    try:
        with contextualize(user="kim"):
            log.info("a")
        log.info("b")
        handler.flush()
    finally:
        log.removeHandler(handler)
    assert lines("app/own.log") == ["kim|a", "|b"]
    assert lines("app/application.log")[-2].endswith(" | a")


def test_tasks_have_fields_of_their_own(home: Path, attributes: Any) -> None:
    log = logging.getLogger("tasks")

    async def work(number: int) -> None:
        with contextualize(task=number):
            await asyncio.sleep(0.001 * (3 - number))
            log.info("task %d", number)

    async def main() -> None:
        with contextualize(job="nightly"):
            await asyncio.gather(*(work(number) for number in range(3)))

    asyncio.run(main())
    found = attributes()
    assert {f"task {number}": {"job": "nightly", "task": number} for number in range(3)}.items() <= found.items()


def test_threads_have_fields_when_they_are_handed_on(home: Path, attributes: Any) -> None:
    log = logging.getLogger("threads")

    def work(number: int) -> int:
        log.info("thread %d", number)
        bind(number=number)
        return number

    with contextualize(job="nightly"), ThreadPoolExecutor(3) as pool:
        assert list(pool.map(propagate(work), range(6))) == list(range(6))
        copied = threading.Thread(target=contextvars.copy_context().run, args=(work, 6))
        bare = threading.Thread(target=work, args=(7,))
        for thread in (copied, bare):
            thread.start()
            thread.join()
        assert current_fields() == {"job": "nightly"}
    found = attributes()
    assert all(found[f"thread {number}"] == {"job": "nightly"} for number in range(7))
    assert found["thread 7"] == {}


def test_as_a_decorator_it_holds_while_the_function_runs() -> None:
    @contextualize(user="kim")
    def plain() -> Any:
        return current_fields()

    @contextualize(user="kim")
    async def later() -> Any:
        await asyncio.sleep(0)
        return current_fields()

    @contextualize(user="kim")
    def each() -> Any:
        yield current_fields()

    kim = {"user": "kim"}
    assert plain() == kim and asyncio.run(later()) == kim and list(each()) == [kim]
    assert current_fields() == {}


@pytest.mark.parametrize("name", ["message", "levelname", "asctime", "args"])
def test_a_field_named_as_a_records_own_is_refused(name: str) -> None:
    for action in (contextualize, bind):
        with pytest.raises(bongsu.BongsuError, match=f"{name}=….*'my_{name}'"):
            action(**{name: 1})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("", "x"), "component takes a name"),
        (("x", None), "operation takes a name"),
        (("x", "y", "a/b"), "log_file='a/b'"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(arguments: Any, named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        LogContext(*arguments)


def test_a_generators_fields_are_there_only_while_it_runs() -> None:
    @bongsu.contextualize(user="kim")
    def steps() -> Iterator[object]:
        yield bongsu.current_fields()
        got = yield bongsu.current_fields()
        try:
            yield got
        except KeyError:
            yield "caught"

    one, two = steps(), steps()
    assert next(one) == next(two) == {"user": "kim"}
    assert bongsu.current_fields() == {}
    one.close()
    assert next(two) == {"user": "kim"}
    assert isinstance(two, Generator)
    assert two.send("sent") == "sent"
    assert two.throw(KeyError("film")) == "caught"
    two.close()
    assert bongsu.current_fields() == {}


def test_an_async_generators_fields_are_there_while_it_runs() -> None:
    @bongsu.contextualize(user="kim")
    async def steps() -> AsyncIterator[object]:
        for _ in range(2):
            yield bongsu.current_fields()

    async def all_of() -> list[object]:
        return [(fields, bongsu.current_fields()) async for fields in steps()]

    assert asyncio.run(all_of()) == [({"user": "kim"}, {})] * 2


def test_a_context_that_is_entered_twice_leaves_nothing_behind(home: Path) -> None:
    contexts: list[Any] = [bongsu.LogContext("features", "twice"), bongsu.contextualize(user="kim")]
    for context in contexts:
        with context, context:
            assert bongsu.current_fields()
        assert bongsu.current_fields() == {}


def test_a_context_may_end_in_another_thread_than_it_began(home: Path) -> None:
    """Frameworks run the halves of a generator that is a dependency wherever a thread is free."""
    contexts: list[Any] = [bongsu.LogContext("features", "moved"), bongsu.contextualize(user="kim")]
    for context in contexts:
        contextvars.copy_context().run(context.__enter__)
        contextvars.copy_context().run(context.__exit__, None, None, None)
        assert bongsu.current_fields() == {}
    bongsu.shutdown()
    lines = (home / "app" / "features.log").read_text().splitlines()
    assert [line.partition("| ")[2][:26] for line in lines] == ["moved started", "moved completed successful"]


def test_threads_share_one_object_of_contextualize() -> None:
    shared, barrier = bongsu.contextualize(user="kim"), threading.Barrier(4)
    left: list[dict[str, object]] = []

    def work() -> None:
        barrier.wait()
        with shared:
            barrier.wait()
        left.append(bongsu.current_fields())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left == [{}] * 4


def test_generators_that_end_out_of_order_leave_nothing_behind(home: Path) -> None:
    def steps() -> Iterator[int]:
        with bongsu.contextualize(step=1):
            yield 1

    with bongsu.contextualize(user="kim"):
        waiting = steps()
        next(waiting)
    assert list(waiting) == []
    assert bongsu.current_fields() == {}


def test_an_exception_that_cannot_say_what_it_is_goes_on_as_it_is(home: Path, lines: Lines) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with pytest.raises(Mute), LogContext("mute", "load") as context:
        context.log_info(Mute())
        raise Mute
    told = said(lines("app/mute.log"))
    assert any("load | <" in text and "Mute>" in text for text in told), told
    assert any("load failed after" in text and "Mute>" in text for text in told), told
