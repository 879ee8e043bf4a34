"""The examples in docstrings, run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import bongsu

MODULES = [name for _, name, _ in pkgutil.iter_modules(bongsu.__path__, "bongsu.") if name != "bongsu._core"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_say_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONGSU_LOG_DIR", str(tmp_path / "logs"))
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    bongsu.shutdown()
    bongsu.uninstall()
    assert failed == 0


def test_everything_public_has_a_docstring() -> None:
    for name in bongsu.__all__:
        member = getattr(bongsu, name)
        assert isinstance(member, str) or (member.__doc__ or "").strip(), name
