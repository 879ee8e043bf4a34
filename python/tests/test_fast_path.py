"""The quick methods are taken when nothing is in their way, and only then."""

from __future__ import annotations

import inspect
import logging
import pickle
import sys
import threading
import time
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

import bongsu
from conftest import Lines, counted

FAST = {"fast": 1, "written": 1}
OFF = {"fast": 1, "off": 1}


def slow(why: str, handlers: int = 1) -> dict[str, int]:
    return {"slow": 1, why: 1, **({"handled": handlers} if handlers else {})}


def messages(lines: list[str]) -> list[str]:
    return [line.split(" | ", 1)[1] for line in lines if " | " in line and "Logging start" not in line]


def test_plain_calls_are_fast_at_every_level(home: Path, lines: Lines) -> None:
    log = logging.getLogger("plain")
    for call in (log.debug, log.info, log.warning):
        assert counted(lambda call=call: call("x %s", 1)) == FAST
    for call in (log.error, log.critical):
        assert counted(lambda call=call: call("y")) == FAST
    assert counted(lambda: log.log(27, "z")) == FAST
    assert messages(lines("app/application.log")) == ["x 1"] * 3 + ["y"] * 2 + ["z"]
    assert messages(lines("error/error.log")) == ["y"] * 2
    assert "Level 27" in lines("app/application.log")[-1]


def test_a_level_that_is_off_costs_no_record(home: Path) -> None:
    log = logging.getLogger("off")
    log.setLevel(logging.WARNING)
    assert counted(lambda: log.info("x")) == OFF
    assert counted(lambda: log.info("x", extra={"a": 1}, no_such_word=1)) == OFF


def test_levels_change_at_run_time(home: Path, lines: Lines) -> None:
    parent, log = logging.getLogger("run"), logging.getLogger("run.time")
    log.debug("1")
    parent.setLevel(logging.INFO)
    log.debug("2")
    log.setLevel(logging.DEBUG)
    log.debug("3")
    logging.disable(logging.INFO)
    log.info("4")
    logging.disable(logging.NOTSET)
    log.info("5")
    log.disabled = True
    log.error("6")
    log.disabled = False
    application = logging.getLogger().handlers[0]
    application.setLevel(logging.ERROR)
    log.warning("7")
    application.setLevel("DEBUG")
    log.warning("8")
    parent.setLevel(logging.NOTSET)
    assert messages(lines("app/application.log")) == ["1", "3", "5", "8"]


def test_a_custom_level_has_its_name(home: Path, lines: Lines) -> None:
    logging.addLevelName(33, "BEACON")
    log = logging.getLogger("custom")
    assert counted(lambda: log.log(33, "lit")) == FAST
    assert "] BEACON   custom" in lines("app/application.log")[-1]
    logging.addLevelName(33, "FIRE")
    log.log(33, "lit")
    assert "] FIRE     custom" in lines("app/application.log")[-1]


def test_what_is_unusual_takes_the_standard_path(home: Path, lines: Lines) -> None:
    log = logging.getLogger("unusual")
    assert counted(lambda: log.info("a", extra={1: 1})) == slow("unusual")
    assert counted(lambda: log.info("b", stack_info=True)) == slow("unusual")
    assert counted(lambda: log.info("c", stacklevel=2)) == slow("unusual")
    assert counted(lambda: log.info("d %(x)s", {"x": 1})) == slow("unusual")
    assert counted(lambda: log.info("e", exc_info=True)) == slow("unusual")
    text = "\n".join(lines("app/application.log"))
    assert "Stack (most recent call last):" in text
    assert "NoneType: None" in text
    assert "| d 1" in text
    with pytest.raises(KeyError, match="overwrite 'name'"):
        log.info("x", extra={"name": 1})
    with pytest.raises(TypeError):
        log.info()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="level must be an integer"):
        log.log("INFO", "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        log.info("x", no_such_word=1)  # type: ignore[call-arg]


@pytest.mark.skipif("exceptiongroup" in sys.modules, reason="it replaces `traceback`, which is then used as it is")
def test_exceptions_are_written_by_the_quick_path(home: Path, lines: Lines) -> None:
    log = logging.getLogger("failing")
    try:
        raise ValueError("boom password=hunter2")
    except ValueError as error:
        for given in (True, error, (type(error), error, error.__traceback__)):
            assert counted(partial(log.info, "a", exc_info=given)) == FAST
        assert counted(lambda: log.exception("b %d", 1)) == FAST
        assert counted(lambda: log.error("c", exc_info=False)) == FAST
        assert counted(lambda: log.error("d", exc_info=1)) == {"slow": 1, "unusual": 1, "handled": 2}
        record = logging.LogRecord("x", 20, "x", 1, "x", (), (type(error), error, error.__traceback__))
        expected = logging.Formatter().format(record).replace("hunter2", "***HIDDEN***")[2:]
    text = "\n".join(lines("app/application.log"))
    assert text.count(expected) == 5
    assert "hunter2" not in text
    assert "| b 1\nTraceback (most recent call last):\n" in text


def test_a_filter_of_the_logger(home: Path, lines: Lines) -> None:
    log = logging.getLogger("filtered")

    class Change(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            record.msg = f"seen {record.msg}"
            return "no" not in record.msg

    change = Change()
    log.addFilter(change)
    assert counted(lambda: log.info("a")) == slow("filtered")
    assert counted(lambda: log.info("no")) == slow("filtered", 0)
    log.removeFilter(change)
    assert counted(lambda: log.info("b")) == FAST
    assert messages(lines("app/application.log")) == ["seen a", "b"]


def test_a_filter_of_a_handler_however_it_comes_there(home: Path, lines: Lines) -> None:
    log = logging.getLogger("handler.filtered")
    handler = logging.getLogger().handlers[0]
    refuse = lambda record: False  # noqa: E731
    assert counted(lambda: log.info("a")) == FAST
    handler.addFilter(refuse)
    assert counted(lambda: log.info("b")) == slow("foreign", 0)
    handler.removeFilter(refuse)
    handler.filters.append(refuse)
    assert counted(lambda: log.info("c")) == slow("foreign", 0)
    handler.filters = []
    assert counted(lambda: log.info("d")) == FAST
    assert messages(lines("app/application.log")) == ["a", "d"]


def test_a_foreign_handler_gets_the_record_and_ours_write_it_once(home: Path, lines: Lines) -> None:
    log = logging.getLogger("foreign")
    seen: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    keep = Keep()
    log.addHandler(keep)
    assert counted(lambda: log.info("a %d", 1)) == slow("foreign")
    log.removeHandler(keep)
    assert counted(lambda: log.info("b")) == FAST
    assert [record.getMessage() for record in seen] == ["a 1"]
    assert seen[0].funcName == "<lambda>" and seen[0].filename == "test_fast_path.py"
    assert messages(lines("app/application.log")) == ["a 1", "b"]


def test_a_handler_that_does_nothing_is_not_in_the_way(home: Path) -> None:
    log = logging.getLogger("library")
    log.addHandler(logging.NullHandler())
    assert counted(lambda: log.info("a")) == FAST


def test_a_formatter_takes_the_place_of_the_layout(home: Path, lines: Lines) -> None:
    log = logging.getLogger("formatted")
    handler = logging.getLogger().handlers[0]
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    assert counted(lambda: log.info("a")) == slow("foreign")
    handler.setFormatter(None)
    assert counted(lambda: log.info("b")) == FAST
    assert lines("app/application.log")[-2] == "INFO a"


def test_a_subclass_of_our_handler_takes_the_standard_path(home: Path, tmp_path: Path) -> None:
    class Louder(bongsu.Handler):
        def format(self, record: logging.LogRecord) -> str:
            return super().format(record).upper()

    log = logging.getLogger("louder")
    log.propagate = False
    handler = Louder(tmp_path / "loud.log", layout="{level} {message}")
    log.addHandler(handler)
    assert counted(lambda: log.info("hear me")) == slow("foreign", 2)  # the log home has it beside
    handler.flush()
    assert (tmp_path / "loud.log").read_text() == "INFO HEAR ME\n"
    log.handlers.clear()
    log.propagate = True


def test_a_record_factory(home: Path, lines: Lines) -> None:
    log, original = logging.getLogger("factory"), logging.getLogRecordFactory()

    def factory(*args: object, **kwargs: object) -> logging.LogRecord:
        record = original(*args, **kwargs)
        record.msg = f"made {record.msg}"
        return record

    logging.setLogRecordFactory(factory)
    try:
        assert counted(lambda: log.info("a")) == slow("replaced")
    finally:
        logging.setLogRecordFactory(original)
    assert counted(lambda: log.info("b")) == FAST
    assert messages(lines("app/application.log")) == ["made a", "b"]


def test_a_subclass_of_logger_is_left_alone(home: Path) -> None:
    class Own(logging.Logger):
        pass

    logging.setLoggerClass(Own)
    try:
        log = logging.getLogger("own.class")
    finally:
        logging.setLoggerClass(logging.Logger)
    assert "info" not in vars(log)
    assert counted(lambda: log.info("x")) == {"handled": 1}
    # A logger below it is of the usual class, but its records pass through the other.
    assert counted(lambda: logging.getLogger("own.class.below").info("x"))["slow"] == 1


@pytest.mark.parametrize("method", ["info", "_log", "handle", "makeRecord", "findCaller", "callHandlers", "isEnabledFor"])
@pytest.mark.parametrize("where", ["class", "logger"])
def test_a_method_that_is_replaced_is_called(home: Path, method: str, where: str) -> None:
    log = logging.getLogger("patched")
    log.info("before")
    original = getattr(logging.Logger, method)
    calls: list[str] = []

    def instead(self: logging.Logger, *args: object, **kwargs: object) -> object:
        calls.append(method)
        return original(self, *args, **kwargs)

    owner, value = (logging.Logger, instead) if where == "class" else (log, partial(instead, log))
    with mock.patch.object(owner, method, value):
        log.info("during")
    assert calls == [method]
    assert counted(lambda: log.info("after")) == FAST


def test_a_replaced_method_that_is_no_function_is_called_without_the_logger(home: Path) -> None:
    with mock.patch.object(logging.Logger, "info") as patched:
        logging.getLogger("mocked").info("a %s", 1)
    patched.assert_called_once_with("a %s", 1)


def test_a_method_replaced_in_the_class_of_records(home: Path, lines: Lines) -> None:
    log = logging.getLogger("record.class")
    with mock.patch.object(logging.LogRecord, "getMessage", lambda self: "mine"):
        assert counted(lambda: log.info("x")) == slow("replaced")
    assert messages(lines("app/application.log")) == ["mine"]


def test_a_clock_that_is_replaced_is_asked(home: Path, lines: Lines) -> None:
    log = logging.getLogger("clock")
    name = "time_ns" if hasattr(logging.LogRecord, "__init__") and "time_ns" in inspect.getsource(logging.LogRecord.__init__) else "time"
    with mock.patch.object(time, name, lambda: 1_000_000_000 * (10**9 if name == "time_ns" else 1)):
        assert counted(lambda: log.info("old"))["slow"] == 1
    assert lines("app/application.log")[-1].startswith("[2001-09-0")


def test_an_adapter_adds_what_it_adds(home: Path, lines: Lines) -> None:
    class Tag(logging.LoggerAdapter):  # type: ignore[type-arg]
        def process(self, msg: object, kwargs: dict[str, object]) -> tuple[str, dict[str, object]]:
            return f"[tag] {msg}", kwargs

    Tag(logging.getLogger("adapted"), {}).info("a")
    logging.LoggerAdapter(logging.getLogger("adapted"), {"k": 1}).info("b %d", 2)
    assert messages(lines("app/application.log")) == ["[tag] a", "b 2"]
    assert "test_an_adapter_adds_what_it_adds L" in lines("app/application.log")[-1]


def test_the_chain_is_followed_as_it_is(home: Path, lines: Lines) -> None:
    log = logging.getLogger("chain.below")
    log.info("1")
    log.propagate = False
    assert counted(lambda: log.info("2"))["slow"] == 1  # of its own it has none: the standard path knows what to do
    log.propagate = True
    root = logging.getLogger()
    application = root.handlers[0]
    root.removeHandler(application)
    log.info("3")
    root.addHandler(application)
    log.info("4")
    logging.getLogger("chain").propagate = False  # a logger that comes between later
    log.info("5")
    logging.getLogger("chain").propagate = True
    log.name = "renamed"
    log.info("6")
    assert messages(lines("app/application.log")) == ["1", "2", "3", "4", "5", "6"]
    assert "renamed" in lines("app/application.log")[-1]


def test_the_caller_is_the_one_outside_of_logging(home: Path, lines: Lines) -> None:
    def here() -> int:
        logging.info("by the module")
        logging.getLogger("caller").info("by a logger")
        return inspect.currentframe().f_lineno  # type: ignore[union-attr]

    assert counted(here) == {"fast": 2, "written": 2}
    number = here()
    assert f" here                 L{number - 2:>3} | by the module" in lines("app/application.log")[-2]
    assert f" here                 L{number - 1:>3} | by a logger" in lines("app/application.log")[-1]


def test_places_are_told_apart_even_when_code_comes_and_goes(home: Path, lines: Lines) -> None:
    log = logging.getLogger("places")
    for number in range(300):
        scope: dict[str, object] = {"log": log}
        exec("\n" * number + f"def f{number}():\n    log.info('{number}')\n    log.info('{number}')\nf{number}()", scope)
    wrong = []
    for at, line in enumerate(line for line in lines("app/application.log") if " places " in line):
        number = at // 2
        if f" f{number} " not in line or f"L{number + 2 + at % 2:>3} | {number}" not in line:
            wrong.append(line)
    assert wrong == []


def test_a_message_may_log_itself(home: Path, lines: Lines) -> None:
    log = logging.getLogger("inside")

    class Talks:
        def __str__(self) -> str:
            log.info("from inside")
            return "talked"

    log.info("%s and %s", Talks(), Talks())
    assert messages(lines("app/application.log")) == ["from inside", "from inside", "talked and talked"]


@pytest.mark.parametrize("installed", [True, False])
def test_whatever_runs_inside_of_a_call_may_log(home: Path, lines: Lines, installed: bool) -> None:
    log = logging.getLogger(f"inside.{installed}")
    handler = logging.getLogger().handlers[0]
    deep, lost = [0], bongsu.stats()["lost"]

    def talk(where: str) -> None:
        if deep[0] < 3:
            deep[0] += 1
            log.info("from %s", where)
            bongsu.logger.info("from {}", where)
            deep[0] -= 1

    class Level(int):
        def __hash__(self) -> int:
            talk("hash")
            return super().__hash__()

    class Asks(logging.Logger):
        def isEnabledFor(self, level: int) -> bool:
            talk("isEnabledFor")
            return super().isEnabledFor(level)

    class Name(str):
        def __str__(self) -> str:
            talk("name")
            return "named"

        def __del__(self) -> None:
            talk("end of a name")

    class Key(str):
        def __eq__(self, other: object) -> bool:
            talk("eq")
            return super().__eq__(other)

        __hash__ = str.__hash__

    def refuse(record: logging.LogRecord) -> bool:
        talk("filter")
        return True

    if not installed:
        bongsu.uninstall()
    asks = Asks("asks", logging.INFO)
    asks.parent = log
    asks.info("%s", 1)
    for holder in (log, handler):
        holder.addFilter(refuse)
        log.info("%s", {"token": "ab"})
        holder.removeFilter(refuse)
    for number in range(3):
        logging.addLevelName(35, Name(f"NAME{number}"))
        log.log(Level(35), "own level")
        log.log(35, "own level")
    vars(log)[Key("_log")] = log._log  # a key that is compared by code of its own
    log.info("key")
    del vars(log)["_log"]
    bongsu.log_execution(component="inside")(talk)("decorated")
    log.info("%s", Name("x"))
    deep[0] = 3
    said = messages(lines("app/application.log"))
    expected = {"filter", "isEnabledFor", "name", "decorated"}
    assert {f"from {where}" for where in expected} <= set(said)
    assert "named" in said and bongsu.stats()["lost"] == lost


def test_a_dictionary_that_changes_while_it_is_shown(home: Path, lines: Lines) -> None:
    shared: dict[str, object] = {}

    class Grows:
        def __repr__(self) -> str:
            shared[f"more{len(shared)}"] = 1
            return "grown"

    shared.update(first=Grows(), second=Grows())
    bongsu.log_execution(component="shown", log_args=True)(lambda given: None)(shared)
    bongsu.logger.info("x", value=shared)
    assert "{'first': grown, 'second': grown}" in lines("app/application.log")[-4]


def test_arguments_that_change_the_chain_while_a_message_is_made(home: Path, lines: Lines) -> None:
    log, root = logging.getLogger("changing"), logging.getLogger()
    kept = list(root.handlers)

    class Removes:
        def __str__(self) -> str:
            root.handlers.clear()
            log.setLevel(logging.INFO)
            return "removed"

    log.info("%s", Removes())
    root.handlers.extend(kept)
    log.info("%s", "back")
    assert messages(lines("app/application.log"))[-1] == "back"


def test_methods_look_like_methods(home: Path) -> None:
    log = logging.getLogger("looks")
    assert log.info.__name__ == "info"
    assert str(inspect.signature(log.info)) == "(msg, /, *args, **kwargs)"
    assert "severity 'INFO'" in (log.info.__doc__ or "")
    assert pickle.loads(pickle.dumps(log)) is log
    assert pickle.loads(pickle.dumps(log.info)) == log.info


def test_uninstall_leaves_nothing_behind(tmp_path: Path) -> None:
    log = logging.getLogger("gone")
    before = set(vars(log))
    bongsu.install()
    bongsu.install()
    assert "info" in vars(log) and "info" in vars(logging.getLogger("gone.too"))
    bongsu.uninstall()
    assert set(vars(log)) == before
    assert "info" not in vars(logging.getLogger("gone.too")) and "info" not in vars(logging.getLogger("gone.later"))


def test_many_threads_lose_nothing_and_tear_nothing(home: Path, lines: Lines) -> None:
    log = logging.getLogger("threads")

    def work(thread: int) -> None:
        for number in range(2000):
            log.info("thread %d line %d %s", thread, number, "x" * (number % 50))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expected = sorted(f"thread {thread} line {number} {'x' * (number % 50)}" for thread in range(4) for number in range(2000))
    assert sorted(messages(lines("app/application.log"))) == expected


def test_handlers_removed_by_another_thread_while_it_logs(home: Path) -> None:
    log, root = logging.getLogger("racing"), logging.getLogger()
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            handler = bongsu.Handler(home / "app" / "racing.log")
            root.addHandler(handler)
            root.removeHandler(handler)
            handler.close()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for number in range(20000):
            log.info("%d %s", number, "y")
    finally:
        stop.set()
        thread.join(60)


def test_a_message_that_logs_itself_ends_as_in_the_standard_library(home: Path) -> None:
    log = logging.getLogger("inside")

    class Talks:
        said = 0

        def __str__(self) -> str:
            Talks.said += 1
            log.info("%s", self)
            return "talked"

    with pytest.raises(RecursionError):
        log.info("%s", Talks())
    # Done once more at each depth it would never end.
    assert Talks.said < sys.getrecursionlimit() * 2


@pytest.mark.parametrize("text", ["%s", "%-9s", "%s and %d"])
def test_a_message_that_fails_is_made_once_for_each_handler_and_told(
    home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    class Fails:
        asked = 0

        def __str__(self) -> str:
            Fails.asked += 1
            raise ValueError("no text")

    log, args = logging.getLogger("fails"), [Fails(), 1][: text.count("%")]
    log.info(text, *args)
    log.error(text, *args)
    # The log home's file takes the first; the second goes to the file of errors, too.
    assert Fails.asked == 3
    assert capsys.readouterr().err.count("ValueError: no text") == 3


def test_what_is_no_error_of_the_message_reaches_the_program(home: Path) -> None:
    class Stops:
        asked = 0

        def __str__(self) -> str:
            Stops.asked += 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        logging.getLogger("stops").info("%s", Stops())
    assert Stops.asked == 1
