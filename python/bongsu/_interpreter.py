"""Declines interpreters inside an interpreter: the core remembers objects of one."""

from __future__ import annotations

import importlib


def require_main() -> None:
    """Raises `ImportError` in any interpreter but the process's main one."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if module.get_current() != module.get_main():
            raise ImportError("bongsu works in a process's main interpreter only: log from there")
        return
