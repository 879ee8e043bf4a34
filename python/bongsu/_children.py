"""Children of `multiprocessing`: what they inherit of the log home, and how they end.

The child of a fork has its parent's handlers. One that is spawned, by `spawn` or by `forkserver`, is told with the data that
`multiprocessing` prepares it with, and imports the package there, before anything of the program. The package asks for what the
child was told when it is imported and, where a server of forks imported it, when the child begins.

loky, and so joblib, prepares its workers itself, and imports nothing of the program: jobs arrive as code. A worker is told with
what every process has from its parent, and imports the package there and then.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from multiprocessing import process, spawn, util
from multiprocessing.context import get_spawning_popen
from typing import Any

_NAME = "_bongsu_inherited"

# What a child runs where it is prepared; of bongsu it needs nothing but that it can be imported, and it goes on without.
_BEGIN = """
import sys
from multiprocessing import process
setattr(process, name, content)
if path is not None:
    sys.path[:] = path
try:
    import bongsu
except ImportError:
    pass
"""
# What a worker of loky's is told, in any other child; without the package, nothing.
_CHILD = f"getattr(__import__('sys').modules.get({__name__!r}), '_Worker', bool)()"

_handed: str | None = None
_original: Callable[..., dict[str, Any]] | None = None


def _begun(content: str, path: list[str] | None) -> tuple[Any, ...]:
    """What pickles as a child that begins logging."""
    return exec, (_BEGIN, {"name": _NAME, "content": content, "path": path})


class _Inherited:
    """Begins logging in the child where it is read, whether or not the program's main module imports bongsu there."""

    def __init__(self, content: str, path: list[str]) -> None:
        self._content, self._path = content, path

    def __reduce__(self) -> tuple[Any, ...]:
        return _begun(self._content, self._path)


class _Worker:
    """What a worker of loky has from its parent, as long as the parent logs. Other children have it for workers of their own."""

    def __reduce__(self) -> tuple[Any, ...]:
        if _handed is None:
            return bool, ()
        if getattr(get_spawning_popen(), "method", None) != "loky":
            return eval, (_CHILD, {})
        return _begun(_handed, None)


def _tell_workers() -> None:
    """Puts it among what processes that this one starts have from it."""
    if _handed is not None:
        vars(process.current_process())["_config"][_NAME] = _Worker()


def hand_down(content: dict[str, Any]) -> None:
    """From now on children that are spawned inherit this."""
    global _handed, _original
    _handed = _text(content)
    if _original is None:
        _original = spawn.get_preparation_data
        spawn.get_preparation_data = _prepared
    _tell_workers()


def keep() -> None:
    """From now on children that are spawned inherit nothing."""
    global _handed, _original
    _handed = None
    vars(process.current_process())["_config"].pop(_NAME, None)
    if _original is not None and spawn.get_preparation_data is _prepared:
        spawn.get_preparation_data = _original
        _original = None


def inherited() -> dict[str, Any] | None:
    """What this process inherited; none when it was not spawned by one that logs."""
    content = getattr(process, _NAME, None)
    return json.loads(content) if isinstance(content, str) else None


def _text(content: dict[str, Any]) -> str:
    """What a child can read; a configuration with objects of the program in it stays here."""
    try:
        return json.dumps(content, default=os.fspath)
    except (TypeError, ValueError):
        return json.dumps({**content, "config": None}, default=os.fspath)


def _prepared(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """Stands in for `multiprocessing.spawn.get_preparation_data`."""
    data: dict[str, Any] = (_original or spawn.get_preparation_data)(*args, **kwargs)
    if _handed is not None:
        data[_NAME] = _Inherited(_handed, data.get("sys_path", sys.path))
    return data


def at_begin(step: Callable[[], None]) -> None:
    """Has `step` called in every child of `multiprocessing` when it begins, behind what it is prepared with."""
    util.register_after_fork(step, _call)


def _call(step: Callable[[], None]) -> None:
    step()
    _tell_workers()  # the process that this one is for `multiprocessing` has taken the place of another


def at_end(flush: Callable[[], None]) -> None:
    """Has `flush` called when this process ends, if it is a child of `multiprocessing`: such a one ends without `atexit`."""
    if process.parent_process() is not None:
        util.Finalize(None, flush, exitpriority=-100)
