"""ripgrep over the raw file: the yardstick of a search without any index."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from re import search

from answers import Answer, answer
from corpus import Corpus
from engines.base import Engine, EngineError, Load, Missing
from questions import IN_MESSAGE, NEWEST, How, Question, Want


class Ripgrep(Engine):
    """A process for every question. It looks at whole lines; for the comparison of answers only messages count."""

    name = "ripgrep"
    title = "ripgrep, raw"

    def __init__(self, corpus: Corpus, threads: int) -> None:
        program = shutil.which("rg")
        if program is None:
            raise Missing("apt-get install ripgrep, or cargo install ripgrep")
        self._program = [program, "--no-config", "--threads", str(threads)]
        self._file = str(corpus.path)

    def version(self) -> str:
        said = subprocess.run([*self._program, "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[1]

    def load(self) -> Load | None:
        return None

    def run(self, question: Question) -> Callable[[], float] | None:
        if not _can_say(question):
            return None
        words = [*self._program, *(["--count"] if question.want is Want.COUNT else []), *_pattern(question), self._file]
        return lambda: _run(words)[0]

    def answer(self, question: Question) -> Answer:
        _, lines = _run([*self._program, *_pattern(question), self._file])
        rows = [row for row in map(json.loads, lines.splitlines()) if _matches(question, row)]
        if question.want is Want.COUNT:
            return len(rows)
        return answer(question.want, [{"time": row["_time"], **row} for row in rows])[:NEWEST]

    def cpu(self) -> float:
        return 0.0


def _can_say(question: Question) -> bool:
    where = question.where
    sayable = where is not None and where.how in IN_MESSAGE | {How.TRACE}
    return sayable and question.span is None and question.want in (Want.NEWEST, Want.COUNT)


def _pattern(question: Question) -> list[str]:
    where = question.where
    return ["--regexp", where.text] if where.how is How.REGEX else ["--fixed-strings", "--regexp", where.text]


def _matches(question: Question, row: dict) -> bool:
    how, text = question.where.how, question.where.text
    match how:
        case How.TRACE:
            return row["trace_id"] == text
        case How.REGEX:
            return search(text, row["message"]) is not None
        case _:
            return text in row["message"]


def _run(words: list[str]) -> tuple[float, bytes]:
    """CPU seconds of the process, and what it printed."""
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with child.stdout as output:
        text = output.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise EngineError(f"ripgrep ended with status {child.returncode}")
    return usage.ru_utime + usage.ru_stime, text
