"""What DuckDB and chDB have in common: a library in a child process, asked in SQL."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from answers import Answer, answer, exact_quantiles
from corpus import Corpus
from engines.base import Engine, EngineError, Load, Missing
from engines.sql import Dialect, durations, statement
from measure import cpu_seconds, folder_bytes, peak_bytes
from questions import Question, Want

_WORKER = Path(__file__).parent.parent / "worker.py"


class InProcess(Engine):
    """A library that loads the corpus's file by itself."""

    package: ClassVar[str]
    """What has to be installed."""
    library: ClassVar[str]
    """Module and class of the child process's side."""
    dialect: ClassVar[Dialect]

    def __init__(self, corpus: Corpus, folder: Path, threads: int) -> None:
        if find_spec(self.package) is None:
            raise Missing(f"pip install {self.package}")
        folder.mkdir(parents=True)
        self._folder = folder
        self._corpus = corpus
        words = [sys.executable, _WORKER, self.library, folder, corpus.path, threads]
        self._child = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._version = self._read()["ready"]

    def version(self) -> str:
        return self._version

    def load(self) -> Load:
        before, began = self.cpu(), time.monotonic()
        rows = self._ask(call="load")
        loaded, wall = self.cpu(), time.monotonic() - began
        self._ask(call="settle")
        return Load(
            rows=rows,
            cpu=loaded - before,
            wall=wall,
            cpu_settled=self.cpu() - before,
            peak=peak_bytes(self._child.pid),
            stored=self._ask(call="stored"),
            disk=folder_bytes(self._folder),
        )

    def run(self, question: Question) -> Callable[[], None]:
        sql = statement(question, self.dialect)
        return lambda: self._ask(run=sql)

    def answer(self, question: Question) -> Answer:
        return answer(question.want, self._ask(rows=statement(question, self.dialect)))

    def expected(self, question: Question) -> Answer:
        if question.want is Want.QUANTILES:
            return {
                row["service"]: exact_quantiles(row["durations"]) for row in self._ask(rows=durations(self.dialect))
            }
        return self.answer(question)

    def pid(self) -> int:
        return self._child.pid

    def cpu(self) -> float:
        return cpu_seconds(self._child.pid)

    def close(self) -> None:
        self._child.stdin.close()
        try:
            self._child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()

    def _ask(self, **request: str) -> Any:
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()
        reply = self._read()
        if "error" in reply:
            raise EngineError(f"{self.title}: {reply['error']}")
        return reply["done"]

    def _read(self) -> dict[str, Any]:
        line = self._child.stdout.readline()
        if not line:
            raise EngineError(f"{self.title}: its process ended with status {self._child.wait()}")
        return json.loads(line)
