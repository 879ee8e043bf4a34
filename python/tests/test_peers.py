"""bongsu behind the real Loguru and the real structlog."""

from __future__ import annotations

import asyncio
import json
import logging
import pathlib
from collections.abc import Iterator
from typing import Any

import bongsu
import pytest

loguru = pytest.importorskip("loguru")
structlog = pytest.importorskip("structlog")


@pytest.fixture
def written(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """The log home's application.log, and beside it all records as JSON."""
    bongsu.shutdown()
    bongsu.start(tmp_path, console=False)
    handler = bongsu.Handler(tmp_path / "json.log", layout="json")
    logging.getLogger().addHandler(handler)
    yield tmp_path
    logging.getLogger().removeHandler(handler)
    bongsu.shutdown()
    loguru.logger.remove()
    structlog.reset_defaults()


def records(home: pathlib.Path) -> list[dict[str, object]]:
    for handler in logging.getLogger().handlers:
        handler.flush()
    return [json.loads(line) for line in (home / "json.log").read_text().splitlines()]


def test_loguru_writes_to_the_log_home(written: pathlib.Path) -> None:
    loguru.logger.remove()
    loguru.logger.add(bongsu.LoguruSink(), format="{message}")
    loguru.logger.info("{} films", 20)
    loguru.logger.bind(user="kim", password="hunter2").success("good")
    try:
        raise KeyError("film")
    except KeyError:
        loguru.logger.exception("failed")
    first, second, third = records(written)
    assert first["Body"] == "20 films"
    assert first["SeverityText"] == "INFO"
    assert second["Attributes"]["user"] == "kim"
    assert "hunter2" not in json.dumps(second)
    assert str(third["Body"]).startswith("failed\nTraceback (most recent call last):")
    assert str(third["Body"]).endswith("KeyError: 'film'")
    text = (written / "app" / "application.log").read_text()
    assert "test_loguru_writes_to_the_log_home L" in text and "SUCCESS  " in text


def test_structlog_writes_to_the_log_home(written: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level if hasattr(structlog, "stdlib") else structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            bongsu.StructlogProcessor(),
        ]
    )
    log = structlog.get_logger()
    log.info("loaded", films=20, password="hunter2")
    log.warning("named", logger="shop")
    try:
        raise KeyError("film")
    except KeyError:
        log.exception("failed")
    first, second, third = records(written)
    assert (first["Body"], first["SeverityText"], first["Attributes"]["films"]) == ("loaded", "INFO", 20)
    assert "hunter2" not in json.dumps(first)
    assert second["SeverityText"] == "WARNING" and "shop" in json.dumps(second)
    assert str(third["Body"]).startswith("failed\nTraceback") and third["SeverityText"] == "ERROR"
    assert "test_structlog_writes_to_the_log_home L" in (written / "app" / "application.log").read_text()
    assert capsys.readouterr().out == ""


def test_the_place_of_an_asynchronous_call_of_structlog_is_that_of_who_awaits(written: pathlib.Path) -> None:
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, bongsu.StructlogProcessor()])

    async def handler() -> None:
        log = structlog.get_logger()
        await log.ainfo("quick", films=20)
        try:
            raise KeyError("film")
        except KeyError:
            await log.aexception("slow")

    asyncio.run(handler())
    quick, slow = [record for record in records(written) if record["Body"] == "quick" or "KeyError" in str(record["Body"])]
    line = handler.__code__.co_firstlineno
    for record, number in ((quick, line + 2), (slow, line + 6)):
        assert record["InstrumentationScope"] == {"name": __name__}
        attributes: Any = record["Attributes"]
        assert (attributes["code.function.name"], attributes["code.line.number"]) == ("handler", number)


class InterceptHandler(logging.Handler):
    """As Loguru's documentation has it."""

    def emit(self, record: logging.LogRecord) -> None:
        loguru.logger.opt(depth=6, exception=record.exc_info).log(record.levelname, record.getMessage())


@pytest.mark.parametrize("first", [True, False])
def test_beside_a_handler_that_hands_logging_to_loguru_each_record_is_written_once(
    written: pathlib.Path, capsys: pytest.CaptureFixture[str], first: bool
) -> None:
    root, intercept = logging.getLogger(), InterceptHandler()
    root.handlers.insert(0 if first else len(root.handlers), intercept)
    loguru.logger.remove()
    loguru.logger.add(bongsu.LoguruSink(), format="{message}")
    own = logging.getLogger("peers.intercepted")
    own.propagate = False
    own.addHandler(intercept)
    try:
        with bongsu.contextualize(request="r-1"):
            logging.getLogger("peers").warning("from logging")
            loguru.logger.bind(user="kim", name="x").warning("from loguru")
            own.warning("beside the root")
    finally:
        root.removeHandler(intercept)
        own.removeHandler(intercept)
    told = [record for record in records(written) if record["SeverityText"] == "WARNING"]
    assert [record["Body"] for record in told] == ["from logging", "from loguru"]
    common = (written / "app" / "application.log").read_text()
    assert [common.count(said) for said in ("from logging", "from loguru", "beside the root")] == [1, 1, 1]
    attributes: Any = told[1]["Attributes"]
    assert (attributes["user"], attributes["name_"], attributes["request"]) == ("kim", "x", "r-1")
    assert capsys.readouterr().err == ""


def test_a_handler_that_logs_through_loguru_itself_is_heard(written: pathlib.Path) -> None:
    class Counts(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            loguru.logger.warning("one more")

    loguru.logger.remove()
    loguru.logger.add(bongsu.LoguruSink(), format="{message}")
    log, counts = logging.getLogger("peers.counted"), Counts()
    log.addHandler(counts)
    try:
        log.warning("counted")
    finally:
        log.removeHandler(counts)
    assert sorted(str(record["Body"]) for record in records(written) if record["SeverityText"] == "WARNING") == ["counted", "one more"]
