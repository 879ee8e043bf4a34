"""Children of `multiprocessing`: what they inherit of the log home, and how they end.

The child of a fork has its parent's handlers. One that is spawned, by `spawn` or by `forkserver`, is told with the data that
`multiprocessing` prepares it with, before it imports anything of the program; the package asks for that when it is imported.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import pickle
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

_SPAWN = "multiprocessing.spawn"
_PROCESS = "multiprocessing.process"
_NAME = "_bongsu_inherited"

_handed: bytes | None = None
_original: Callable[..., dict[str, Any]] | None = None


class _Module:
    """A module by its name; of the standard library, so that any child has it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (_PROCESS,)


class _Inherited:
    """What is put down in the child where it is read; nothing of bongsu's is needed for that."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (_Module(), _NAME, self._content)


class _Awaited(importlib.abc.MetaPathFinder):
    """Notices the import of `multiprocessing.spawn`, which costs more than logging does: it is not imported for this alone."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _SPAWN:
            return None
        _forget_finder()
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def then(module: ModuleType) -> None:
                execute(module)
                _wrap(module)

            vars(spec.loader)["exec_module"] = then
        return spec


def hand_down(content: dict[str, Any]) -> None:
    """From now on children that are spawned inherit this."""
    global _handed
    _handed = _pickled(content)
    module = sys.modules.get(_SPAWN)
    if module is not None:
        _wrap(module)
    elif not any(isinstance(finder, _Awaited) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Awaited())


def keep() -> None:
    """From now on children that are spawned inherit nothing."""
    global _handed, _original
    _handed = None
    _forget_finder()
    module = sys.modules.get(_SPAWN)
    if module is not None and getattr(module.get_preparation_data, "__wrapped__", None) is _original is not None:
        module.__dict__["get_preparation_data"] = _original
        _original = None


def inherited() -> dict[str, Any] | None:
    """What this process inherited; none when it was not spawned by one that logs."""
    content = getattr(sys.modules.get(_PROCESS), _NAME, None)
    return pickle.loads(content) if isinstance(content, bytes) else None


def _pickled(content: dict[str, Any]) -> bytes:
    """What a child can read; a configuration with objects of the program in it stays here."""
    try:
        return pickle.dumps(content)
    except Exception:
        return pickle.dumps({**content, "config": None})


def _wrap(module: ModuleType) -> None:
    global _original
    if _original is not None:
        return
    original: Callable[..., dict[str, Any]] = module.get_preparation_data
    _original = original

    def get_preparation_data(*args: Any, **kwargs: Any) -> dict[str, Any]:
        data = original(*args, **kwargs)
        if _handed is not None:
            data[_NAME] = _Inherited(_handed)
        return data

    get_preparation_data.__dict__["__wrapped__"] = original
    module.__dict__["get_preparation_data"] = get_preparation_data


def _forget_finder() -> None:
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Awaited)]


def at_end(flush: Callable[[], None]) -> None:
    """Has `flush` called when this process ends, if it is a child of `multiprocessing`: such a one ends without `atexit`."""
    process = sys.modules.get(_PROCESS)
    if process is None:
        return
    if getattr(process.current_process(), "_inheriting", False):
        after_fork(flush)
    elif process.parent_process() is not None:
        _finalize(flush)


def after_fork(flush: Callable[[], None]) -> None:
    """The same for a process that will be a child of `multiprocessing` in a moment: its finalizers are cleared when it begins."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(flush, _finalize)


def _finalize(flush: Callable[[], None]) -> None:
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, flush, exitpriority=-100)
