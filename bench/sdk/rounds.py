"""Runs measurements in processes of their own, the libraries by turns; what hangs, crashes or fails stops nothing but itself."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import check
from cases import Case, Column

REASON = 200
"""Characters of an error that are told."""


class Failed(Exception):
    """A measurement that gave nothing: what the table says, and why."""

    def __init__(self, says: str, why: str = "") -> None:
        super().__init__(says)
        self.says, self.why = says, why


@dataclass
class Outcome:
    """What one library did in one case."""

    figures: dict[str, list[float]] = field(default_factory=dict)
    """Each figure in each round."""
    wrong: list[dict[str, int]] = field(default_factory=list)
    """What was wrong with the log in each round."""
    failed: str = ""
    why: str = ""

    def figure(self, column: Column) -> float | None:
        """The median of all rounds, of what went wrong the worst; none when it never came to it."""
        rounds = self.figures.get(column.figure)
        if not rounds:
            return None
        return (max if column.counts else statistics.median)(rounds) / column.unit


Outcomes = dict[str, dict[str, Outcome]]
"""By library and case."""


@dataclass(frozen=True)
class Bench:
    """How things are measured."""

    command: Sequence[str]
    """What a worker is started with; library, case, count, rotation, folder and the file for its result follow."""
    cases: Mapping[str, Case]
    quick: bool = False
    path: str | None = None
    """What the worker finds its modules in, beside those that are installed."""

    def environment(self) -> dict[str, str]:
        """That of a worker: nothing of this process that would change how fast Python or a library is."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "BONGSU", "LOGURU", "RUST"))
        }
        return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | ({"PYTHONPATH": self.path} if self.path else {})

    def measure(self, library: str, case: str) -> tuple[dict[str, float], dict[str, int]]:
        """One round: its figures, and what is wrong with the log."""
        asked = self.cases[case]
        count = asked.count.of(self.quick)
        with _folder() as folder:
            told = self._run(asked, (library, case, str(count)), folder)
            if asked.reopened:
                told = self._run(asked, (library, "reopen", "0"), folder)
                return {"lost": check.missing(check.records(str(told["path"])), count)}, {}
            wrong = check.wrong(str(told["path"]), count) if asked.checked else {}
            return {name: float(value) for name, value in told.items() if isinstance(value, (int, float))}, wrong

    def _run(self, asked: Case, what: tuple[str, str, str], folder: str) -> dict[str, object]:
        """Starts a worker; nothing is told by one that was to die."""
        result, errors = os.path.join(folder, "result.json"), os.path.join(folder, "errors.txt")
        command = [*self.command, *what, str(asked.rotate.of(self.quick)), folder, result]
        with open(errors, "wb") as file:
            worker = subprocess.Popen(
                command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        try:
            code = worker.wait(asked.longest.of(self.quick))
        except subprocess.TimeoutExpired:
            raise Failed("hangs", f"killed after {asked.longest.of(self.quick)} s") from None
        finally:
            # Children that hang too, and whatever a library started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        if asked.reopened and code == -signal.SIGKILL:
            return {}
        if code or not os.path.exists(result):
            raise Failed("crashes" if code < 0 else "fails", _last_line(errors) or _ended(code))
        with open(result, encoding="utf-8") as file:
            return dict(json.load(file))

    def run(
        self,
        libraries: Sequence[str],
        lacking: Callable[[str, str], tuple[str, str]],
        rounds: int,
        heard: Callable[[str], object],
        kept: Callable[[Outcomes], object],
    ) -> Outcomes:
        """Every library in every case, in rounds. Within a case the libraries take turns, and each round another one begins, so
        that a slow minute of the machine hits all alike. What failed once is not asked again.

        `lacking` gives what the table says where a library has no such case, and why; `heard` is told what is next; `kept` is
        given what there is after each case.
        """
        outcomes: Outcomes = {name: {case: Outcome() for case in self.cases} for name in libraries}
        for name in libraries:
            for case, outcome in outcomes[name].items():
                outcome.failed, outcome.why = lacking(name, case)
        for at in range(rounds):
            for case, asked in self.cases.items():
                first = at * len(libraries) // rounds
                for name in (*libraries[first:], *libraries[:first]):
                    outcome = outcomes[name][case]
                    if outcome.failed or at >= asked.rounds:
                        continue
                    heard(f"round {at + 1} of {rounds}: {case}, {name}")
                    self._round(name, case, outcome)
                kept(outcomes)
        return outcomes

    def _round(self, name: str, case: str, outcome: Outcome) -> None:
        try:
            figures, wrong = self.measure(name, case)
        except Failed as failed:
            outcome.failed, outcome.why = failed.says, failed.why
            return
        for figure, value in figures.items():
            outcome.figures.setdefault(figure, []).append(value)
        outcome.wrong.append(wrong)


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    path = tempfile.mkdtemp(prefix="bench-sdk-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _last_line(file: str) -> str:
    with open(file, encoding="utf-8", errors="replace") as opened:
        lines = opened.read().strip().splitlines()
    return lines[-1].strip()[:REASON] if lines else ""


def _ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"ended with {code} and no result"
