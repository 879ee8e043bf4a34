"""Types of decorators, as mypy in its strict mode sees them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bongsu
import pytest

PROGRAM = """
import bongsu
from bongsu import log_api_call, log_execution, logger

@logger.catch(reraise=True)
def keyed(order: int) -> int: return order
@logger.catch
def bare(order: int) -> int: return order
@logger.catch(ValueError, level="WARNING", default=0)
def kinds(order: int) -> int: return order
@bongsu.catch(KeyError, default=0)
def other(order: int) -> int: return order
@logger.catch()
async def awaited(order: int) -> int: return order
@log_execution
def run(order: int) -> int: return order
@log_execution("shop", log_args=True)
async def run_async(order: int) -> int: return order
@log_api_call
def call(order: int) -> int: return order
class Shop:
    @log_execution
    def pay(self, order: int) -> int: return order
    @classmethod
    @log_execution("shop")
    def make(cls, order: int) -> int: return order
    @property
    @log_execution
    def total(self) -> int: return 1
    @logger.catch(reraise=True)
    def close(self, order: int) -> int: return order
with logger.catch(ValueError, message="x"):
    pass
with bongsu.catch(KeyError):
    pass
bongsu.log_performance("shop", "pay", 1.5)
reveal_type(keyed)
reveal_type(bare)
reveal_type(kinds)
reveal_type(other)
reveal_type(awaited)
reveal_type(run)
reveal_type(run_async)
reveal_type(call)
reveal_type(Shop().pay)
reveal_type(Shop.make)
reveal_type(Shop().total)
reveal_type(Shop().close)
"""
PLAIN, AWAITED = "def (order: int) -> int", "def (order: int) -> typing.Coroutine[Any, Any, int]"
REVEALED = [PLAIN, PLAIN, PLAIN, PLAIN, AWAITED, PLAIN, AWAITED, PLAIN, PLAIN, PLAIN, "int", PLAIN]


def test_decorators_keep_the_types_of_what_they_stand_on(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    package = str(Path(bongsu.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={tmp_path / 'cache'}", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": "" if "site-packages" in package else package},
        capture_output=True,
        text=True,
        check=False,
    )
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert [one.replace("builtins.", "") for one in revealed] == REVEALED, done.stdout
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_itself_is_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    # With its sources beside the compiled part: what is installed elsewhere is taken as it is.
    package = tmp_path / "bongsu"
    shutil.copytree(Path(bongsu.__file__).parent, package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path / 'cache'}", "-p", "bongsu"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
