"""Ids that link a record to a trace: of fields, of OpenTelemetry's instrumentation and of the span that is active."""

from __future__ import annotations

import json
import logging
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bongsu
import pytest

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.fixture(params=["quick", "handled"])
def logger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[logging.Logger]:
    made = logging.getLogger("traces")
    made.propagate = False
    made.setLevel(logging.DEBUG)
    handler = bongsu.Handler(tmp_path / "x.json", layout="json")
    made.addHandler(handler)
    if request.param == "quick":
        bongsu.install()
    yield made
    bongsu.uninstall()
    made.removeHandler(handler)
    handler.close()


def last(tmp_path: Path) -> dict[str, Any]:
    logging.getLogger("traces").handlers[0].flush()
    found: dict[str, Any] = json.loads((tmp_path / "x.json").read_text().splitlines()[-1])
    return found


def test_ids_in_fields_stand_at_the_top(logger: logging.Logger, tmp_path: Path) -> None:
    logger.info("a", extra={"trace_id": TRACE, "span_id": SPAN, "page": 1})
    line = last(tmp_path)
    assert (line["TraceId"], line["SpanId"]) == (TRACE, SPAN)
    assert line["Attributes"]["page"] == 1 and "trace_id" not in line["Attributes"]
    with bongsu.contextualize(otelTraceID=TRACE, otelSpanID="0"):
        logger.info("b")
    line = last(tmp_path)
    assert line["TraceId"] == TRACE and "SpanId" not in line
    assert line["Attributes"]["otelSpanID"] == "0"


class Span:
    """As OpenTelemetry has it."""

    def __init__(self, trace: object, span: object) -> None:
        self.trace_id, self.span_id = trace, span

    def get_span_context(self) -> Span:
        return self


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("opentelemetry.trace")
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", module)
    return module


def test_the_active_span_is_named(logger: logging.Logger, tmp_path: Path, active: Any) -> None:
    active.get_current_span = lambda: Span(int(TRACE, 16), int(SPAN, 16))
    logger.info("a")
    assert (last(tmp_path)["TraceId"], last(tmp_path)["SpanId"]) == (TRACE, SPAN)
    own = TRACE[::-1]
    logger.info("b", extra={"trace_id": own})
    assert last(tmp_path)["TraceId"] == own
    active.get_current_span = lambda: Span(0, 0)
    logger.info("c")
    assert "TraceId" not in last(tmp_path)


@pytest.mark.parametrize("span", [Span("x", None), Span(1 << 200, -1), None, Span(1.5, 2)])
def test_what_is_no_span_costs_no_line(logger: logging.Logger, tmp_path: Path, active: Any, span: object) -> None:
    active.get_current_span = lambda: span
    logger.info("still here")
    assert last(tmp_path)["Body"] == "still here" and "TraceId" not in last(tmp_path)


def test_a_span_that_logs_ends(logger: logging.Logger, tmp_path: Path, active: Any) -> None:
    depth = 0

    def asked() -> Span:
        nonlocal depth
        depth += 1
        if depth < 3:
            logger.info("from inside")
        return Span(int(TRACE, 16), int(SPAN, 16))

    active.get_current_span = asked
    logger.info("outside")
    assert last(tmp_path)["Body"] == "outside"
    assert len((tmp_path / "x.json").read_text().splitlines()) == 3


def test_real_spans(logger: logging.Logger, tmp_path: Path) -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    context = trace.SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        logger.info("a")
    assert (last(tmp_path)["TraceId"], last(tmp_path)["SpanId"]) == (TRACE, SPAN)
