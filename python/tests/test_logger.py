"""`bongsu.logger`, as Loguru's users know it."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
import logging
import pathlib
import pickle
import sys
import threading
from collections.abc import Iterator

import bongsu
from conftest import run
import pytest
from bongsu import BongsuError
from bongsu._face.logger import _Core, _Options
from bongsu._face.quiet import Rate, parse_rate

MESSAGE = "{level} {message}"


@pytest.fixture
def logger() -> Iterator[bongsu.Logger]:
    """A logger that writes nowhere yet."""
    made = bongsu.Logger(_Core(), _Options())
    made.remove()
    yield made
    made.remove()


def lines(logger: bongsu.Logger, **options: object) -> list[str]:
    written: list[str] = []
    logger.add(lambda message: written.append(str(message)), **{"format": MESSAGE, **options})
    return written


def test_messages_are_formatted_with_braces(logger: bongsu.Logger) -> None:
    written = lines(logger)
    logger.info("{} films, {what}", 20, what="all")
    logger.warning("{as it is} %d")
    logger.error(ValueError("an object"))
    assert written == ["INFO 20 films, all\n", "WARNING {as it is} %d\n", "ERROR an object\n"]


def test_every_level_has_its_method(logger: bongsu.Logger) -> None:
    written = lines(logger, level=0)
    for name in ("trace", "debug", "info", "success", "warning", "error", "critical"):
        getattr(logger, name)("x")
    assert [line.split()[0].lower() for line in written] == "trace debug info success warning error critical".split()


def test_home_gets_the_callers_place(home: pathlib.Path) -> None:
    bongsu.logger.info("from {}", "here")
    bongsu.logger.bind(user="kim").error("bound")
    bongsu.shutdown()
    text = (home / "app" / "application.log").read_text()
    assert f"INFO     {__name__}" in text
    assert "test_home_gets_the_callers_place L" in text and "from here" in text
    assert "bound" in (home / "error" / "error.log").read_text()


def test_home_has_fields_in_json(home: pathlib.Path, tmp_path: pathlib.Path) -> None:
    root = logging.getLogger()
    handler = bongsu.Handler(tmp_path / "fields.log", layout="json")
    root.addHandler(handler)
    try:
        with bongsu.logger.contextualize(request="r-1"):
            bongsu.logger.bind(user="kim", name="odd").info("{page}", page=2)
            bongsu.logger.bind(password="hunter2").info("hidden")
    finally:
        root.removeHandler(handler)
        handler.close()
    first, second = (json.loads(line) for line in (tmp_path / "fields.log").read_text().splitlines())
    attributes = first["Attributes"]
    assert {name: attributes[name] for name in ("request", "user", "page", "name_")} == {
        "request": "r-1", "user": "kim", "page": 2, "name_": "odd",
    }  # fmt: skip
    assert "hunter2" not in json.dumps(second)


def test_lazy_arguments_are_asked_only_when_needed(logger: bongsu.Logger) -> None:
    asked = []
    written = lines(logger, level="INFO")
    lazy = logger.opt(lazy=True)
    lazy.debug("{}", lambda: asked.append(1))
    lazy.info("{} {b}", lambda: "a", b=lambda: "c")
    assert asked == [] and written == ["INFO a c\n"]


def test_depth_is_that_of_the_caller(logger: bongsu.Logger) -> None:
    written = lines(logger, format="{function}")

    def helper() -> None:
        logger.opt(depth=1).info("x")

    helper()
    assert written == ["test_depth_is_that_of_the_caller\n"]


def test_raw_record_and_colours(logger: bongsu.Logger) -> None:
    written = lines(logger, colorize=True)
    plain = lines(logger)
    logger.opt(raw=True).info("as it is")
    logger.opt(record=True).info("line {record[line]}")
    logger.opt(colors=True).info("<red>{}</red> <kept>", "<b>x</b>")
    assert written[0] == plain[0] == "as it is"
    assert written[1].startswith("INFO line ")
    assert "\x1b[31m<b>x</b>\x1b[0m <kept>" in written[2] and plain[2] == "INFO <b>x</b> <kept>\n"


def test_patchers_and_extra(logger: bongsu.Logger) -> None:
    written = lines(logger, format="{extra[a]} {extra[b]} {message}")
    logger.configure(extra={"a": 1, "b": 2})
    logger.patch(lambda record: record["extra"].update(b=3)).info("x")
    logger.bind(a=9).info("{c}", c=4)
    assert written == ["1 3 x\n", "9 2 4\n"]


def test_levels_of_ones_own(logger: bongsu.Logger) -> None:
    written = lines(logger)
    assert logger.level("AUDIT", no=33, color="<blue>", icon="A").no == 33
    logger.log("AUDIT", "x")
    logger.log(33, "y")
    logger.log(12, "z")
    assert written == ["AUDIT x\n", "AUDIT y\n", "Level 12 z\n"]
    for wrong in (lambda: logger.level("NOPE"), lambda: logger.level("INFO", no=3), lambda: logger.level("X", no=-1)):
        with pytest.raises(BongsuError):
            wrong()
    with pytest.raises(BongsuError, match="colour"):
        logger.level("INFO", color="<nothing>")


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (None, 1), ("", 1), (__name__, 1), ("other", 0), ({__name__: "ERROR"}, 0), ({"": "INFO"}, 1),
        ({__name__: False}, 0), (lambda record: "x" in record["message"], 1), (lambda record: False, 0),
    ],
)  # fmt: skip
def test_filters(logger: bongsu.Logger, chosen: object, count: int) -> None:
    written = lines(logger, filter=chosen)
    logger.info("x")
    assert len(written) == count


def test_modules_can_be_silenced(logger: bongsu.Logger) -> None:
    written = lines(logger)
    logger.disable(__name__.partition(".")[0])
    logger.info("not this")
    logger.enable(__name__)
    logger.info("this")
    assert written == ["INFO this\n"]


def test_exceptions_show_values_but_no_secrets(logger: bongsu.Logger) -> None:
    pretty, plain = lines(logger), lines(logger, diagnose=False)

    def share(part: int, whole: int, password: str) -> float:
        return part / whole if password else 0

    try:
        share(7, 0, password="hunter2")
    except ZeroDivisionError:
        logger.exception("failed {}", 1)
    assert pretty[0].startswith("ERROR failed 1\nTraceback (most recent call last):")
    assert "└ 7" in pretty[0] and "└ 0" in pretty[0] and bongsu.HIDDEN in pretty[0]
    assert pretty[0].endswith("ZeroDivisionError: division by zero\n")
    assert "└" not in plain[0] and plain[0].endswith("ZeroDivisionError: division by zero\n")


def test_a_value_that_cannot_be_shown(logger: bongsu.Logger) -> None:
    written = lines(logger)

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    try:
        broken = Broken()
        broken.nothing  # type: ignore[attr-defined]
    except AttributeError as error:
        logger.opt(exception=error).error("x")
    assert "<Broken whose repr() failed: RuntimeError>" in written[0]


def test_serialized_records_are_json_without_secrets(logger: bongsu.Logger) -> None:
    written = lines(logger, serialize=True)
    logger.bind(token="abc123def", page=2).info("api_key=k-12345678")
    record = json.loads(written[0])["record"]
    assert record["extra"] == {"token": bongsu.HIDDEN, "page": 2}
    assert record["message"] == f"api_key={bongsu.HIDDEN}"
    assert record["level"] == {"icon": "ℹ️", "name": "INFO", "no": 20}


def test_files_rotate_and_lose_nothing(logger: bongsu.Logger, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "deep" / "x.log"
    logger.add(path, format="{message}", rotation=2_000, retention=100, enqueue=True)
    threads = [threading.Thread(target=lambda: [logger.info("line {:04}", n) for n in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logger.remove()
    files = list(path.parent.glob("x.log*"))
    assert len(files) > 1
    assert sum(len(file.read_text().splitlines()) for file in files) == 400


@pytest.mark.parametrize("words", ["w0", "W6 at 12:00", "1 h 30 minutes", "1 day, 12 hours"])
def test_rotation_in_words_of_loguru(logger: bongsu.Logger, tmp_path: pathlib.Path, words: str) -> None:
    number = logger.add(tmp_path / "x.log", rotation=words, format="{message}")
    logger.info("rotates")
    logger.remove(number)
    assert (tmp_path / "x.log").read_text(encoding="utf-8") == "rotates\n"


def test_the_time_stands_in_a_files_name(logger: bongsu.Logger, tmp_path: pathlib.Path) -> None:
    logger.add(str(tmp_path / "x_{time:YYYY}.log"))
    logger.info("x")
    logger.remove()
    assert (tmp_path / f"x_{datetime.date.today().year}.log").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sink": 3}, {"sink": "x.log", "rotation": "soon"}, {"sink": "x.log", "unknown": 1}, {"sink": print, "rotation": 1},
        {"sink": print, "level": "LOUD"}, {"sink": print, "filter": 3}, {"sink": print, "format": 3},
        {"sink": print, "limit": "often"}, {"sink": "x.log", "compression": "rar"},
    ],
)  # fmt: skip
def test_what_add_does_not_know(
    logger: bongsu.Logger, wrong: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BongsuError):
        logger.add(wrong.pop("sink"), **wrong)  # type: ignore[arg-type]
    assert repr(logger) == "<bongsu.logger with 0 sinks>"


def test_streams_handlers_and_coroutines(logger: bongsu.Logger) -> None:
    stream, records, awaited = io.StringIO(), [], []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append((record.levelname, record.getMessage(), record.funcName))

    async def sink(message: str) -> None:
        await asyncio.sleep(0)
        awaited.append(str(message))

    logger.add(stream, format=MESSAGE)
    logger.add(Keep(), format="{message}")
    logger.add(sink, format="{message}")

    async def main() -> None:
        logger.info("x")
        await logger.complete()

    asyncio.run(main())
    assert stream.getvalue() == "INFO x\n"
    assert records == [("INFO", "x", "main")]
    assert awaited == ["x\n"]


def test_a_sink_that_fails(logger: bongsu.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    number = logger.add(lambda message: 1 / 0)
    logger.info("x")
    assert "ZeroDivisionError" in capsys.readouterr().err
    logger.remove(number)
    logger.add(lambda message: 1 / 0, catch=False)
    with pytest.raises(ZeroDivisionError):
        logger.info("x")


def test_removing_what_is_not_there(logger: bongsu.Logger) -> None:
    with pytest.raises(BongsuError):
        logger.remove(99)


def test_limits_of_a_call_and_of_a_message() -> None:
    now = [0.0]
    rate = Rate("2/minute", clock=lambda: now[0])
    assert [rate.admit("a") for _ in range(4)] == [0, 0, None, None]
    assert rate.admit("b") == 0
    now[0] = 61
    assert [rate.admit("a"), rate.admit("a"), rate.admit("a")] == [2, 0, None]
    for wrong in ("", "10", "0/minute", "1/fortnight", "x/s", 3):
        with pytest.raises(BongsuError):
            parse_rate(wrong)  # type: ignore[arg-type]


def test_a_logger_with_a_limit(logger: bongsu.Logger) -> None:
    written = lines(logger)
    before = logger.held_back["limited"]
    for number in range(5):
        logger.limit("2/hour").info("own {}", number)
    limited = logger.limit("2/hour")
    for number in range(5):
        limited.info("site {}", number)
        limited.info("other {}", number)
    messages = logger.limit("1/hour", by="message")
    for _ in range(3):
        messages.info("same")
        messages.info("another")
    assert [line for line in written if "own" in line] == ["INFO own 0\n", "INFO own 1\n"]
    assert [line for line in written if "site" in line] == ["INFO site 0\n", "INFO site 1\n"]
    assert len(written) == 2 + 4 + 2
    assert logger.held_back["limited"] - before == 13
    assert logger.limit("2/hour") is not limited
    logger.limit("2/hour").info("elsewhere")
    logger.limit("3/hour").info("at another rate")
    assert len(written) == 10
    with pytest.raises(BongsuError):
        logger.limit("1/s", by="moon")


def test_repeated_lines_are_one(logger: bongsu.Logger) -> None:
    written = lines(logger, collapse=True)
    for text in ["a", *["b"] * 42, "c", "c"]:
        logger.info(text)
    logger.remove()
    assert written == [
        "INFO a\n", "INFO b\n", "INFO … repeated 41 times\n", "INFO c\n", "INFO … repeated 1 time\n",
    ]  # fmt: skip


def test_filters_for_logging() -> None:
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    logger, handler = logging.Logger("quiet"), Keep()
    collapse = bongsu.Collapse(handler)
    handler.addFilter(collapse)
    logger.addHandler(handler)
    for text in ["a", "b", "b", "b", "c"]:
        logger.warning("%s", text)
    assert written == ["a", "b", "… repeated 2 times", "c"]
    handler.removeFilter(collapse)
    logger.addFilter(bongsu.Limit("1/hour"))
    for _ in range(3):
        logger.warning("d")
    assert written[4:] == ["d"]


@pytest.mark.parametrize("end", ["handler.close()", "bongsu.shutdown()", "pass", "handler.close(); handler.close()"])
def test_the_last_repeated_line_is_counted_at_the_end(tmp_path: Path, end: str) -> None:
    code = f"""
import logging, sys, bongsu
bongsu.start(sys.argv[1] + '/logs', console=False)
handler = bongsu.Handler(sys.argv[1] + '/own.log', layout='{{message}}')
handler.addFilter(bongsu.Collapse(handler))
logging.getLogger('own').addHandler(handler)
for _ in range(3):
    logging.getLogger('own').warning('again')
{end}
"""
    done = run(code, str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "own.log").read_text() == "again\n… repeated 2 times\n"


def test_catch_and_pickle(logger: bongsu.Logger) -> None:
    @logger.catch(ZeroDivisionError, default=5)
    def fails() -> float:
        return 1 / 0

    assert fails() == 5
    assert pickle.loads(pickle.dumps(bongsu.logger)) is bongsu.logger
    assert isinstance(pickle.loads(pickle.dumps(bongsu.logger.bind(a=1))), bongsu.Logger)


def test_configure_replaces_the_sinks(logger: bongsu.Logger) -> None:
    first, second = io.StringIO(), io.StringIO()
    logger.add(first)
    numbers = logger.configure(
        handlers=[{"sink": second, "format": "{level.name} {level.no} {time:YYYY} {thread.name}"}],
        levels=[{"name": "NEW", "no": 22}],
        activation=[("elsewhere", False)],
    )
    logger.log("NEW", "x")
    assert first.getvalue() == "" and len(numbers) == 1
    assert second.getvalue() == f"NEW 22 {datetime.date.today().year} {threading.current_thread().name}\n"


def test_unknown_options() -> None:
    with pytest.raises(BongsuError, match="unknown option"):
        bongsu.logger.opt(colour=True)
    with pytest.raises(BongsuError):
        bongsu.logger.patch(3)  # type: ignore[arg-type]
    with pytest.raises(BongsuError):
        bongsu.logger.log("LOUD", "x")
    assert sys.exc_info() == (None, None, None)


def test_what_the_logger_catches_goes_to_its_sinks(logger: bongsu.Logger) -> None:
    written = lines(logger, format="{level} {name} {message}")

    @logger.catch(level="SUCCESS", default=7, message="caught in {function}: {exception}")
    def fails() -> int:
        raise ValueError("film")

    assert fails() == 7
    assert written[0].startswith(f"SUCCESS {__name__} caught in fails: film\nTraceback")
    with pytest.raises(BongsuError, match=r"nope.*places are \{function\}"):
        logger.catch(message="{nope}")


def test_limits_paths_and_numbers_that_are_wrong_say_what_is_right(logger: bongsu.Logger) -> None:
    for rate in ("5/ms", "5/x", "0/s"):
        with pytest.raises(BongsuError, match="10/minute"):
            logger.limit(rate)
    with pytest.raises(BongsuError, match=r"a path takes \{time\}"):
        logger.add("/tmp/{nope}.log")
    with pytest.raises(BongsuError, match="there are: none"):
        logger.remove(4711)
