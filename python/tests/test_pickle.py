"""Decorated functions in pickles that go to other processes."""

from __future__ import annotations

import pickle
import time
import types
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bongsu import log_api_call, log_execution
from conftest import Lines, run


@log_execution(component="pickled")
def double(number: int) -> int:
    return number * 2


def test_a_pool_of_processes_runs_decorated_functions(home: Path, lines: Lines) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(double, range(4))) == [0, 2, 4, 6]
    # Lines of a process that has ended without a word are written by those that live.
    until = time.monotonic() + 10
    while len(lines("app/pickled.log")) < 8 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(lines("app/pickled.log")) == 8


def test_a_pickler_that_sends_code_gets_the_function_to_be_decorated_again(home: Path) -> None:
    # As `cloudpickle` asks: from a module of its name.
    asks = types.ModuleType("cloudpickle.cloudpickle")
    exec("def ask(wrapped): return wrapped.__reduce_ex__(4)", vars(asks))
    again, given = vars(asks)["ask"](double)
    made: Any = again(*given)
    assert made is not double and made.__wrapped__ is double.__wrapped__ and made(2) == 4  # type: ignore[attr-defined]
    again, given = vars(asks)["ask"](log_api_call(api_name="x")(len))
    assert again(*given)("abc") == 3


def test_what_has_no_name_that_leads_to_it_cannot_be_pickled() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(log_execution(lambda: 1))


def test_a_pickle_made_by_name_is_found_by_name() -> None:
    done = run(
        "import pickle, sys, types, bongsu\n"
        "module = types.ModuleType('other'); sys.modules['other'] = module\n"
        "exec('import bongsu\\n@bongsu.log_execution\\ndef f(): return 3', module.__dict__)\n"
        "print(pickle.loads(pickle.dumps(module.f)) is module.f)"
    )
    assert done.stdout == "True\n", done.stderr
