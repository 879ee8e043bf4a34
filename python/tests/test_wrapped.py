"""What stands in a decorated function's place passes for a function wherever programs and frameworks look."""

from __future__ import annotations

import asyncio
import copy
import doctest
import functools
import inspect
import os
import pydoc
import sys
import types
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import bongsu
from bongsu import log_api_call, log_execution
from conftest import Lines, run


pytestmark = pytest.mark.usefixtures("home")


@log_execution("wrapped")
def twice(number: int, *, more: int = 1) -> int:
    """Doubles.

    >>> twice(2)
    5
    """
    return number * 2 + more


@log_api_call
async def fetch(page: int = 1) -> int:
    return page


@log_execution
def count(end: int) -> Iterator[int]:
    yield from range(end)


@log_execution
async def count_async(end: int) -> AsyncIterator[int]:
    for number in range(end):
        yield number


@pytest.mark.parametrize("function", [twice, fetch, count, count_async])
def test_it_is_a_function_to_whoever_asks(function: Any) -> None:
    assert isinstance(function, types.FunctionType) and inspect.isfunction(function) and inspect.isroutine(function)
    assert not inspect.isbuiltin(function) and not inspect.ismethod(function) and not inspect.isclass(function)
    for name in ("__code__", "__defaults__", "__kwdefaults__", "__globals__", "__closure__", "__annotations__"):
        assert getattr(function, name) == getattr(function.__wrapped__, name), name
    assert getattr(function, "__type_params__", ()) == ()
    assert inspect.getsourcefile(function) == __file__
    assert f"def {function.__name__}(" in inspect.getsource(function)
    assert typing.get_type_hints(function) == typing.get_type_hints(function.__wrapped__)
    assert inspect.signature(function) == inspect.signature(function.__wrapped__)
    assert inspect.getfullargspec(function) == inspect.getfullargspec(function.__wrapped__)


def test_kinds_of_functions_are_told_apart() -> None:
    tests = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    kinds = {function.__name__: [test(function) for test in tests] for function in cast("list[Any]", [twice, fetch, count, count_async])}
    assert kinds == {
        "twice": [False, False, False],
        "fetch": [True, False, False],
        "count": [False, True, False],
        "count_async": [False, False, True],
    }
    assert inspect.iscoroutinefunction(functools.partial(fetch, 2))


def test_what_is_no_function_does_not_say_that_it_is() -> None:
    assert not inspect.isfunction(log_execution(len))
    assert not inspect.isfunction(log_execution(functools.partial(twice, 1)))


def test_a_class_that_asks_for_functions_finds_methods() -> None:
    class Shop:
        @log_execution
        def pay(self, order: int) -> int:
            return order

    shop: Any = Shop()
    assert [name for name, _ in inspect.getmembers(Shop, inspect.isfunction)] == ["pay"]
    assert inspect.ismethod(shop.pay) and shop.pay(3) == 3
    bound = cast("Any", Shop.pay).__get__(shop)
    assert bound.__self__ is shop and bound(4) == 4
    assert types.MethodType(Shop.pay, shop)(5) == 5


def test_a_class_is_decorated_over_methods_that_are_already(home: Path, lines: Lines) -> None:
    @log_execution("outer")
    class Shop:
        @log_execution("inner")
        def pay(self) -> int:
            return 1

    assert Shop().pay() == 1
    assert len(lines("app/inner.log")) == 2 and not lines("app/outer.log")


def test_tools_of_functools_take_it(home: Path) -> None:
    @functools.singledispatch
    @log_execution
    def shown(value: object) -> str:
        return "object"

    @shown.register
    @log_execution
    def _(value: int) -> str:
        return "int"

    assert (shown("x"), shown(1)) == ("object", "int")

    class Film:
        @functools.cached_property
        @log_execution
        def title(self) -> str:
            return "봉수"

    assert Film().title == "봉수"

    @functools.wraps(twice)
    def again(*args: Any, **kwargs: Any) -> Any:
        return twice(*args, **kwargs)

    assert inspect.signature(again) == inspect.signature(twice)
    assert functools.partial(twice, more=0)(2) == 4
    assert functools.lru_cache(twice)(2) == 5


def test_copies_are_the_function_itself() -> None:
    assert copy.copy(twice) is twice and copy.deepcopy({"f": twice})["f"] is twice


def test_its_help_and_its_examples_are_found() -> None:
    told = pydoc.plain(pydoc.render_doc(twice))
    assert told.startswith("Python Library Documentation: function twice in module test_wrapped") and "Doubles." in told
    found = doctest.DocTestFinder().find(sys.modules[__name__])
    assert "twice" in [test.name.rpartition(".")[2] for test in found if test.examples]


def test_picklers_that_send_code_are_told_that_it_is_none() -> None:
    # They would take the function apart and lose the decorator.
    for module, wanted in (("cloudpickle.cloudpickle", False), ("dill._dill", False), ("shop", True)):
        asks = types.ModuleType(module)
        exec("def ask(value, kind): return isinstance(value, kind)", vars(asks))
        assert vars(asks)["ask"](twice, types.FunctionType) is wanted, module


def test_a_function_of_a_script_goes_through_cloudpickle_decorated(tmp_path: Path) -> None:
    pytest.importorskip("cloudpickle")
    done = run(
        "import bongsu, cloudpickle, sys\n"
        "bongsu.start(sys.argv[1], console=False)\n"
        "@bongsu.log_execution('sent')\n"
        "def work(number): return number + 1\n"
        "made = cloudpickle.loads(cloudpickle.dumps(work))\n"
        "print(made is work, type(made) is type(work), made(1))\n",
        str(tmp_path),
    )
    assert done.stdout == "False True 2\n", done.stderr
    assert "Starting work" in (tmp_path / "app" / "sent.log").read_text(encoding="utf-8")


def test_celery_makes_tasks_of_it(tmp_path: Path) -> None:
    pytest.importorskip("celery")
    done = run(
        "import bongsu, celery, sys\n"
        "bongsu.start(sys.argv[1], console=False)\n"
        "app = celery.Celery('q', broker='memory://')\n"
        "@app.task\n@bongsu.log_execution\ndef work(a): return a\n"
        "@app.task(bind=True)\n@bongsu.log_api_call\ndef bound(self, a): return a\n"
        "print(work.name, work.apply(args=(3,)).get(), bound.apply(args=(4,)).get())\n",
        str(tmp_path),
    )
    assert done.stdout == "q.work 3 4\n", done.stderr


def test_apscheduler_names_it_and_finds_it_again() -> None:
    util = pytest.importorskip("apscheduler.util")
    assert util.get_callable_name(twice) == "twice"
    assert util.ref_to_obj(util.obj_to_ref(twice)) is twice


def test_pydantic_checks_its_arguments_and_leaves_it_in_models(home: Path) -> None:
    pydantic = pytest.importorskip("pydantic")
    assert pydantic.validate_call(twice)("3") == 7
    assert asyncio.run(pydantic.validate_call(fetch)("3")) == 3
    with pytest.raises(pydantic.ValidationError):
        pydantic.validate_call(twice)("x")
    namespace: dict[str, Any] = {"log_execution": log_execution, "BaseModel": pydantic.BaseModel, "__name__": __name__}
    exec("class Film(BaseModel):\n    year: int\n    @log_execution\n    def old(self): return self.year < 2000\n", namespace)
    assert namespace["Film"](year=1999).old() is True


def test_fastapi_calls_it_as_a_route_and_as_a_dependency(home: Path) -> None:
    fastapi = pytest.importorskip("fastapi")
    client = pytest.importorskip("fastapi.testclient")
    app = fastapi.FastAPI()

    def user(name: str = "kim") -> str:
        return name

    def session() -> Iterator[str]:
        yield "s"

    async def film(number: int, who: str, opened: str) -> dict[str, Any]:
        return {"number": number, "who": who, "opened": opened}

    parts = {"who": str, "opened": str, "number": int, "return": "dict[str, Any]"}
    film.__annotations__ = parts
    film.__defaults__ = (fastapi.Depends(log_execution(user)), fastapi.Depends(log_execution(session)))
    user.__annotations__ = {"name": str}
    session.__annotations__ = {}
    app.get("/films/{number}", response_model=None)(log_execution(film))
    got = client.TestClient(app).get("/films/3", params={"name": "lee"})
    assert got.json() == {"number": 3, "who": "lee", "opened": "s"}, got.text


def test_click_makes_a_command_of_it() -> None:
    click = pytest.importorskip("click")
    testing = pytest.importorskip("click.testing")
    work: Any = log_execution(lambda times: click.echo(times))
    command = click.command()(click.option("--times", default=1)(work))
    assert testing.CliRunner().invoke(command, ["--times", "3"]).output == "3\n"


@pytest.fixture
@log_execution
def decorated() -> Iterator[str]:
    yield "fixture"


def test_pytest_takes_it_as_a_fixture(decorated: str) -> None:
    assert decorated == "fixture"


def test_a_run_of_instrument_leaves_decorated_functions_alone(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "import bongsu\n@bongsu.log_execution('own')\ndef pay(): return 1\ndef bare(): return 2\n", encoding="utf-8"
    )
    done = run(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import bongsu, shop\n"
        "print(bongsu.instrument('shop').functions)\n",
        str(tmp_path),
        BONGSU_LOG_DIR=str(tmp_path / "logs"),
    )
    assert done.stdout == "['shop.bare']\n", done.stderr
