"""Runs a program with bongsu turned on and not a line of it changed: `python -m bongsu.run [options] script.py args…`.

Every record of every logger goes to the log home; warnings and uncaught exceptions too. What the program shows on the
screen stays as it is, and so do its arguments, its exit code and how it ends.
"""

from __future__ import annotations

import argparse
import builtins
import importlib.machinery
import io
import logging
import os
import runpy
import sys
import types
from collections.abc import Sequence
from typing import Any

import bongsu
from bongsu import _home
from bongsu._settings import Asked

_USAGE = "python -m bongsu.run [options] script.py [args …]\n       python -m bongsu.run [options] -m module [args …]"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bongsu.run", usage=_USAGE, description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("--home", metavar="DIR", help="the log home (BONGSU_LOG_DIR, else ./logs)")
    parser.add_argument("--config", metavar="FILE", help="the configuration (BONGSU_LOG_CONFIG, else ./bongsu-logging.toml …)")
    parser.add_argument("--level", metavar="LEVEL", help="least level that is recorded (DEBUG)")
    parser.add_argument("--console", action="store_true", help="show INFO and up on standard output too, as bongsu.start()")
    parser.add_argument(
        "--instrument", action="append", default=[], metavar="MODULE", help="time the functions of a module (repeatable)"
    )
    parser.add_argument("-m", dest="module", action="store_true", help="run a module, as python -m does")
    parser.add_argument("program", help="a script, a folder or zip file with __main__.py, or a module with -m")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments of the program")
    return parser


def main(given: Sequence[str] | None = None) -> None:
    """Reads the options, starts logging and runs the program."""
    parser = _parser()
    options = parser.parse_args(given)
    try:
        start(options)
        done = [bongsu.instrument(name) for name in options.instrument]
    except bongsu.BongsuError as error:
        parser.error(str(error))
    del done
    if options.module:
        _run_module(options.program, options.args)
    else:
        _run_script(options.program, options.args)


def start(options: argparse.Namespace) -> None:
    """Starts logging as the options say, unseen by the program."""
    asked = Asked.of(
        home=options.home,
        config=options.config,
        console=options.console,
        console_level=None,
        level=options.level,
        sync=None,
        ship=None,
        on_sigterm=None,
        private=None,
        uncaught=True,
    )
    # Programs and libraries set `logging` up where the root logger has no handlers: it has none.
    asked.unseen = logging.getLogger().level
    _home.begin(asked)


def _run_script(path: str, args: list[str]) -> None:
    sys.argv[:] = [path, *args]
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        sys.path[0] = os.path.abspath(path)
        found = importlib.machinery.PathFinder.find_spec("__main__", [path])
        loader: Any = found and found.loader
        if found is None or loader is None:
            raise _refused(f"can't find '__main__' module in {path!r}", 1)
        _execute(loader.get_code("__main__"), found.origin or path, found)
        return
    try:
        with io.open_code(os.path.abspath(path)) as file:
            source: bytes = file.read()
    except OSError as error:
        raise _refused(
            f"can't open file {os.path.abspath(path)!r}: [Errno {error.errno}] {error.strerror}", 2
        ) from None
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    _execute(source, os.path.abspath(path), None)


def _run_module(name: str, args: list[str]) -> None:
    sys.argv[:] = [name, *args]
    sys.path[0] = os.getcwd()
    find: Any = vars(runpy)["_get_module_details"]
    try:
        _, spec, code = find(name)
    except ImportError as error:
        raise _refused(str(error), 1) from None
    sys.argv[0] = spec.origin
    _execute(code, spec.origin, spec)


def _refused(text: str, code: int) -> SystemExit:
    """Says what Python would say of a program that it cannot find."""
    print(f"{sys.executable}: {text}", file=sys.stderr)
    return SystemExit(code)


def _execute(source: Any, path: str, spec: Any) -> None:
    """Runs the program as `__main__`, which it stays: for its threads, its pickles and its child processes."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __file__=path, __spec__=spec)
    if spec is not None:
        module.__package__, module.__loader__ = spec.parent, spec.loader
    else:
        module.__package__ = None
        module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    sys.modules["__main__"] = module
    try:
        code = source if isinstance(source, types.CodeType) else compile(source, path, "exec")
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)


def _show(error: BaseException) -> None:
    """Shows an exception that the program did not catch, its own frames only, and ends as Python would."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    error.__traceback__ = frames
    try:
        sys.excepthook(type(error), error, frames)
    finally:
        # It has been shown.
        sys.excepthook = lambda kind, value, traceback: None
    raise error


if __name__ == "__main__":
    main()
