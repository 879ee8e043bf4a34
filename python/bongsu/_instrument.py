"""`instrument`: the functions of a module timed without editing its source."""

from __future__ import annotations

import fnmatch
import functools
import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FunctionType, ModuleType, TracebackType
from typing import Any

from bongsu import _check
from bongsu._component import last_part
from bongsu._core import BongsuError, Wrapped
from bongsu._decorators import Decorator, decorate, log_execution, timed
from bongsu._levels import level_number

_lock = threading.RLock()


class Instrumented:
    """What `instrument` gives: the functions that are timed, and how to have them back as they were."""

    def __init__(self, modules: Sequence[str]) -> None:
        self.modules = list(modules)
        self.functions: list[str] = []
        self._finder: _Finder | None = None
        self._replaced: list[tuple[Any, str, Any]] = []

    def restore(self) -> None:
        """Puts the functions back; modules that are imported from now on are left alone."""
        with _lock:
            if self._finder is not None and self._finder in sys.meta_path:
                sys.meta_path.remove(self._finder)
            for owner, name, original in reversed(self._replaced):
                setattr(owner, name, original)
            self._replaced.clear()
            self.functions.clear()

    def __enter__(self) -> Instrumented:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self.restore()

    def __repr__(self) -> str:
        return f"<instrumented {', '.join(self.modules)}: {len(self.functions)} functions>"


class _Choice:
    """Which functions, and what is done with them."""

    def __init__(
        self, include: list[str], exclude: list[str], component: str | None, level: int, log_calls: bool
    ) -> None:
        self.include = include
        self.exclude = exclude
        self.component = component
        self.level = level
        self.log_calls = log_calls

    def takes(self, name: str) -> bool:
        """Whether a function of this name in its module (`load`, `Client.get`) is meant."""
        own = name.rpartition(".")[2]
        if any(fnmatch.fnmatchcase(text, pattern) for pattern in self.exclude for text in (name, own)):
            return False
        if self.include:
            return any(fnmatch.fnmatchcase(text, pattern) for pattern in self.include for text in (name, own))
        return not own.startswith("_")

    def decorator(self, module: str) -> Decorator:
        component = self.component or last_part(module)
        if self.log_calls:
            return log_execution(component=component, level=self.level)
        return timed(component, self.level)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules as they would be found, and has them instrumented once they are there."""

    def __init__(self, wanted: Callable[[str], bool], loaded: Callable[[ModuleType], None]) -> None:
        self._wanted = wanted
        self._loaded = loaded

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not self._wanted(fullname):
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None or isinstance(finder, _Finder):
                continue
            spec: importlib.machinery.ModuleSpec | None = find(fullname, path, target)
            if spec is not None:
                self._follow(spec)
                return spec
        return None

    def _follow(self, spec: importlib.machinery.ModuleSpec) -> None:
        loader = spec.loader
        execute = getattr(loader, "exec_module", None)
        if loader is None or execute is None:
            return

        @functools.wraps(execute)
        def exec_module(module: ModuleType) -> None:
            try:
                del loader.exec_module
            except AttributeError:
                pass
            execute(module)
            self._loaded(module)

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:
            # A loader without attributes of its own, such as that of built-in modules: they are no Python.
            return


def instrument(
    *modules: str | ModuleType,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    component: str | None = None,
    level: int | str = "INFO",
    log_calls: bool = False,
) -> Instrumented:
    """Times the functions and methods of modules without a change to their source.

    Each run writes its performance line, and at ERROR why it failed; with `log_calls` its beginning and its end too, as
    `log_execution` does. Modules are objects, or names, which may have wildcards (`"shop.*"`). One that is imported later is
    instrumented then; names that another module took out of it before (`from shop import load`) stay as they are.

    `include` and `exclude` are patterns of names, such as `"load*"` or `"Client.get"`. Without `include` public functions
    are meant. `component` is the last part of the module's name if none is given.

    >>> import textwrap
    >>> with instrument(textwrap, include=["dedent", "indent"]) as done:
    ...     print(sorted(done.functions))
    ['textwrap.dedent', 'textwrap.indent']
    """
    if not modules:
        raise BongsuError("instrument(): give the names of modules, or modules, such as instrument('shop.orders')")
    if component is not None:
        _check.name("instrument", "component", component, "shop")
    choice = _Choice(
        _check.names("instrument", "include", include, "load*"),
        _check.names("instrument", "exclude", exclude, "load*"),
        component,
        level_number(level),
        _check.flag("instrument", "log_calls", log_calls),
    )
    names = [_name_of(module) for module in modules]
    given = {id(module) for module in modules if isinstance(module, ModuleType)}

    def wanted(name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in names)

    done = Instrumented(names)
    done._finder = _Finder(wanted, lambda module: _instrument(module, choice, done))
    with _lock:
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and (wanted(name) or id(module) in given):
                _instrument(module, choice, done)
        sys.meta_path.insert(0, done._finder)
    return done


def _name_of(module: str | ModuleType) -> str:
    if isinstance(module, ModuleType):
        return module.__name__
    if not isinstance(module, str) or not module.strip():
        raise BongsuError(f"instrument({module!r}): a module, or its name, such as 'shop.orders'")
    if module == "bongsu" or module.startswith("bongsu."):
        raise BongsuError(f"instrument({module!r}): bongsu cannot time itself")
    return module


def _instrument(module: ModuleType, choice: _Choice, done: Instrumented) -> None:
    with _lock:
        wrap = choice.decorator(module.__name__)
        for owner, name, path, member in _members(module):
            if choice.takes(path):
                done._replaced.append((owner, name, member))
                done.functions.append(f"{module.__name__}.{path}")
                setattr(owner, name, decorate("instrument", member, wrap))


def _members(module: ModuleType) -> Iterator[tuple[Any, str, str, Any]]:
    """Functions that were written in the module: where they are, under what name, and as what the patterns know them."""
    for name, member in list(vars(module).items()):
        if getattr(member, "__module__", None) != module.__name__:
            continue
        if _is_bare(member):
            yield module, name, name, member
        elif isinstance(member, type):
            for own, method in list(vars(member).items()):
                if _is_bare(getattr(method, "__func__", method)):
                    yield member, own, f"{member.__name__}.{own}", method


def _is_bare(function: object) -> bool:
    """Whether it is a function that was not decorated yet: one that was says that it is a function, too."""
    return isinstance(function, FunctionType) and not isinstance(function, Wrapped)
