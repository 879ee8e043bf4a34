"""`instrument`: modules timed without a change to them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import bongsu
from conftest import Lines

SOURCE = '''
from json import dumps
def load(path): return path
def fail(): raise OSError("disk")
def _hidden(): return 1
class Client:
    def get(self, page): return page
    @staticmethod
    def ping(): return "pong"
    def _own(self): return 2
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that has not been imported."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "orders.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield "shop.orders"
    for name in [name for name in sys.modules if name == "shop" or name.startswith("shop.")]:
        del sys.modules[name]


def names(lines: list[str]) -> list[str]:
    return [line.split(" | ")[1].split()[0] for line in lines]


def use(module: ModuleType) -> None:
    assert module.load("x") == "x" and module.Client().get(2) == 2 and module.Client.ping() == "pong"
    assert module._hidden() == 1 and module.Client()._own() == 2 and module.dumps([1]) == "[1]"
    with pytest.raises(OSError, match="disk"):
        module.fail()


def test_a_module_that_is_imported_later_is_timed(home: Path, lines: Lines, shop: str) -> None:
    done = bongsu.instrument(shop)
    module = importlib.import_module(shop)
    use(module)
    assert names(lines("performance/orders_performance.log")) == ["load", "get", "ping"]
    (failed,) = lines("app/orders.log")
    assert "Failed fail after" in failed
    assert sorted(done.functions) == [f"{shop}.{name}" for name in ("Client.get", "Client.ping", "fail", "load")]
    done.restore()
    assert isinstance(module.load, FunctionType) and isinstance(vars(module.Client)["ping"], staticmethod)
    use(module)
    assert len(lines("performance/orders_performance.log")) == 3
    assert module.__spec__.loader.get_source(shop) == SOURCE  # type: ignore[union-attr]


def test_wildcards_patterns_and_a_component_of_ones_own(home: Path, lines: Lines, shop: str) -> None:
    with bongsu.instrument("shop.*", include=["load", "Client.*", "_hidden"], exclude=["ping"], component="store"):
        module = importlib.import_module(shop)
        use(module)
    assert names(lines("performance/store_performance.log")) == ["load", "get", "_hidden", "_own"]


def test_a_module_object_with_all_lines(home: Path, lines: Lines, shop: str) -> None:
    module = importlib.import_module(shop)
    with bongsu.instrument(module, log_calls=True):
        module.load("x")
        importlib.reload(module)
        module.load("y")
    assert [line.split(" | ")[1].split()[0] for line in lines("app/orders.log")] == ["Starting", "Completed"] * 2


@pytest.mark.parametrize(
    ("modules", "options", "named"),
    [
        ((), {}, "give the names of modules"),
        ((3,), {}, "a module, or its name"),
        ((" ",), {}, "a module, or its name"),
        (("bongsu",), {}, "cannot time itself"),
        (("shop",), {"include": "load"}, "include takes a list of names"),
        (("shop",), {"component": ""}, "component takes a name"),
        (("shop",), {"level": "LOUD"}, "unknown level"),
        (("shop",), {"log_calls": 1}, "log_calls takes True or False"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(modules: Any, options: dict[str, Any], named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        bongsu.instrument(*modules, **options)
