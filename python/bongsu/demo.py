"""A small pipeline for film recommendations that writes its logs through the SDK, on a clock of its own.

`bongsu demo` plays it where Python has this package, and its twin in Rust elsewhere: the same seed and time leave the same log
home. To see it alone:

    python -m bongsu.demo --logs logs
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import bongsu
from bongsu import _core

_HOURS_BEFORE: Final = 10
"""Hours before the report at which the pipeline runs: inside its day in every time zone of the world but the farthest."""
_CALLS: Final = 60
_PATIENCE: Final = 5
"""Seconds after which the connector gives a call up."""
_RECORDS: Final = 1000
_WANTED: Final = 0.85
"""The least share of valid records that passes without a warning."""
_PROGRESS: Final = 100
_SCENARIOS: Final = ("successful_call", "timeout_call", "failed_call", "rate_limited")
_MASK: Final = (1 << 64) - 1


class _Dice:
    """Numbers that look random and are the same for the same seed (SplitMix64, Steele et al. 2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def share(self) -> float:
        return (self._next() >> 11) / (1 << 53)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.share()

    def below(self, end: int) -> int:
        return self._next() % end


class _Clock:
    """The time of this process: it passes when it is told to, not by itself."""

    def __init__(self, nanos: int) -> None:
        self.nanos = nanos
        # Records that the standard library makes, and durations that the SDK measures, go by it too.
        time.time = lambda: self.nanos / 1e9
        time.time_ns = lambda: self.nanos
        time.perf_counter = lambda: self.nanos / 1e9
        self.forward(0)

    def forward(self, seconds: float) -> None:
        self.nanos += int(seconds * 1e9)
        _core.set_clock(self.nanos)


def _fetch(clock: _Clock, dice: _Dice) -> None:
    """Asks for the pages of popular films."""
    log = bongsu.get_logger("test_api", level="DEBUG")
    log.info("TMDB connector ready, %d pages to fetch, patience %d s", _CALLS, _PATIENCE)
    ended = [0, 0, 0, 0]
    for page in range(_CALLS):
        # Each scenario in turn at first, so that none is missing; chance decides the rest.
        scenario = page if page < len(_SCENARIOS) else _chosen(dice.share())
        ended[scenario] += 1
        _call(clock, scenario, page + 1, dice)
        clock.forward(dice.between(0.5, 20.0))
    log.info("%d calls: %d successful, %d timed out, %d failed, %d rate limited", _CALLS, *ended)


def _chosen(share: float) -> int:
    return next((nth for nth, end in enumerate((0.78, 0.85, 0.93)) if share < end), 3)


def _call(clock: _Clock, scenario: int, page: int, dice: _Dice) -> None:
    log, name = bongsu.get_logger("test_api", level="DEBUG"), _SCENARIOS[scenario]
    params = json.dumps({"page": page, "language": "ko-KR"}, separators=(",", ":"))
    log.info("API Call %s started with params: %s", name, params)
    ends = ((0.08, 0.9), (0.01, 3.0), (0.02, 0.4), (0.02, 0.1))[scenario]
    took = dice.between(*ends) + (_PATIENCE if name == "timeout_call" else 0)
    clock.forward(took)
    told: dict[str, object] = {"scenario": name, "status": "success" if scenario == 0 else "failed"}
    if name == "successful_call":
        told["response_size"] = 2_000 + dice.below(9_000)
        log.info("API Call %s succeeded in %.3fs", name, took)
    elif name == "timeout_call":
        text = "API Call %s failed after %.3fs: TimeoutError: no answer for page %d in %d s"
        log.error(text, name, took, page, _PATIENCE)
        told["error"] = "TimeoutError"
    elif name == "failed_call":
        why = (
            "ConnectionError: connection refused by 127.0.0.1:8443",
            "HTTP 500 Internal Server Error",
            "HTTP 404 Not Found",
        )[dice.below(3)]
        log.error("API Call %s failed after %.3fs: %s", name, took, why)
        told["error"] = why
    else:
        wait = 5 + dice.below(10)
        text = "API Call %s turned away after %.3fs: HTTP 429 Too Many Requests, retry in %d s"
        log.warning(text, name, took, wait)
        told["retry_after"] = wait
        clock.forward(wait)
    bongsu.log_performance("test", "api_call", took, told)


def _check(clock: _Clock, dice: _Dice) -> int:
    """Checks a batch of film records and gives how many of them are valid."""
    log, began, valid = bongsu.get_logger("test_data", level="DEBUG"), clock.nanos, 0
    log.info("Batch validation of %d records started", _RECORDS)
    for record in range(1, _RECORDS + 1):
        share = dice.share()
        if share < 0.82:
            valid += 1
        elif share < 0.92:
            log.debug("record %d: release date missing", record)
        elif share < 0.985:
            log.debug("record %d: title is empty", record)
        else:
            text = "ValidationError: record %d has rating %.1f, expected 0 to 10"
            log.error(text, record, dice.between(10.1, 99.0))
        clock.forward(dice.between(0.005, 0.02))
        if record % _PROGRESS == 0:
            log.info("%d/%d records checked, %d valid", record, _RECORDS, valid)
    share = valid / _RECORDS
    if share < _WANTED:
        text = "Data quality is low: %.1f %% of the records are valid, wanted %.0f %%"
        log.warning(text, share * 100, _WANTED * 100)
    else:
        log.info("Data quality is good: %.1f %% of the records are valid", share * 100)
    took = (clock.nanos - began) / 1e9
    bongsu.log_performance("test", "data_processing", took, {"records": _RECORDS, "valid": valid})
    return valid


def _query_database(clock: _Clock, dice: _Dice) -> None:
    """Reads ratings from the database: mostly quick, at times far too slow."""
    log = bongsu.get_logger("test_data", level="DEBUG")
    for batch in range(1, 25):
        took = dice.between(2.2, 6.0) if batch % 8 == 0 else dice.between(0.02, 0.6)
        clock.forward(took)
        bongsu.log_performance("test", "database_query", took, {"rows": 1_000 + dice.below(4_000)})
        if took > 2.0:
            log.warning("ratings of batch %d took %.1f s: the index on movie_id is not used", batch, took)
        clock.forward(dice.between(5.0, 40.0))


def _build_features(clock: _Clock, dice: _Dice) -> None:
    """The last steps, each a context: features are joined, the model is trained, publishing it fails."""
    with bongsu.LogContext("test_data", "join_features") as join:
        clock.forward(dice.between(8.0, 14.0))
        join.add_metadata("features", 42)
        join.log_info("ratings and genres joined")
    with bongsu.LogContext("test_data", "train_model") as train:
        for epoch in range(1, 4):
            clock.forward(dice.between(20.0, 40.0))
            train.log_info(f"epoch {epoch} of 3, loss {dice.between(0.2, 0.6) / epoch:.4f}")
    log = bongsu.get_logger("test_data", level="DEBUG")
    try:
        with bongsu.LogContext("test_data", "publish_model"):
            clock.forward(dice.between(0.5, 1.5))
            raise ConnectionRefusedError("ConnectionError: 데이터베이스 연결 오류가 발생했습니다")
    except ConnectionRefusedError:
        log.critical("추천 모델을 배포하지 못했습니다: yesterday's model stays in use")
    log.info("Pipeline ended")


def play(home: Path, at: datetime, seed: int) -> dict[str, int]:
    """Runs the pipeline with its logs in `home`, some hours before `at`; says what it wrote. It takes over the clock of the process.

    Gives `records` (lines of the file that has every record), `checked` and `valid` (film records).
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    seconds = int(at.timestamp()) - _HOURS_BEFORE * 3_600
    clock, dice = _Clock(seconds * 1_000_000_000 + at.microsecond * 1_000), _Dice(seed)
    bongsu.start(home, console=False)
    _fetch(clock, dice)
    valid = _check(clock, dice)
    _query_database(clock, dice)
    _build_features(clock, dice)
    bongsu.shutdown()
    with open(home / "app" / "application.log", encoding="utf-8") as log:
        return {"records": sum(1 for _ in log), "checked": _RECORDS, "valid": valid}


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def main() -> None:
    """`python -m bongsu.demo`."""
    parser = argparse.ArgumentParser(prog="python -m bongsu.demo", description="Writes the log home of the demonstration.")
    parser.add_argument("--logs", type=Path, default=Path(os.environ.get("BONGSU_LOG_DIR") or "logs"), metavar="DIR")
    parser.add_argument("--seed", type=int, default=20_260_511, metavar="N")
    parser.add_argument("--at", type=_time, default=_time("2026-05-12T00:00:00Z"), metavar="TIME")
    args = parser.parse_args()
    print(json.dumps(play(args.logs, args.at, args.seed & _MASK)))


if __name__ == "__main__":
    main()
