"""An engine that is a library, in a process of its own: its CPU and memory are then read like a server's.

Reads one JSON request a line from standard input and answers with one JSON line: `{"run": SQL}` runs a statement and
drops its rows, `{"rows": SQL}` gives them, `{"call": NAME}` calls a method without arguments. The first line is the
process's own: `{"ready": VERSION}`.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any, Protocol


class Library(Protocol):
    """What the class that is named on the command line has."""

    def __init__(self, folder: str, corpus: str, threads: int) -> None: ...

    def version(self) -> str:
        """The library's version."""

    def run(self, sql: str) -> None:
        """Runs a statement and fetches its rows."""

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Runs a statement; its rows by column name."""


def main() -> None:
    """Serves until standard input ends."""
    name, folder, corpus, threads = sys.argv[1:]
    module, _, kind = name.partition(":")
    # What the library itself prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    library: Library = getattr(import_module(module), kind)(folder, corpus, int(threads))
    _say(answers, {"ready": library.version()})
    for line in sys.stdin:
        _say(answers, _done(library, json.loads(line)))


def _done(library: Library, request: dict[str, str]) -> dict[str, Any]:
    try:
        match request:
            case {"run": sql}:
                library.run(sql)
                return {"done": None}
            case {"rows": sql}:
                return {"done": library.rows(sql)}
            case {"call": name}:
                return {"done": getattr(library, name)()}
            case _:
                return {"error": f"unknown request {request}"}
    except Exception as error:  # whatever it is, the parent is told
        return {"error": f"{type(error).__name__}: {error}"}


def _say(to: Any, what: dict[str, Any]) -> None:
    to.write(json.dumps(what, default=str) + "\n")
    to.flush()


if __name__ == "__main__":
    main()
