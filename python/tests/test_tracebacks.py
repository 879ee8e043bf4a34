"""Tracebacks read exactly as the standard library writes them."""

from __future__ import annotations

import importlib.util
import json
import linecache
import logging
import os
import random
import subprocess
import sys
import traceback
import types

import pytest
from bongsu._trace import format_exception

# Ways to fail, as sources: one line, several lines, markers, wide characters, tabs, nothing to mark.
SOURCES = [
    "def f(x):\n    raise ValueError(x)\n",
    "def f(x):\n    return 1 / (x - x)\n",
    "def f(x):\n    return {'a': {}}['a'][x]\n",
    "def f(x):\n    return (\n        x\n        + None\n    )\n",
    "def f(x):\n    y = max(\n        1,\n        2,\n        3,\n        int('x'),\n    )\n    return y\n",
    "def f(x):\n\treturn '한글 값'[x + 100] + 'é'\n",
    "def f(x):\n    봉수 = '烽燧'; return 봉수 .index('불') if x else None\n",
    "def f(x):\n    assert x < 0, f'x is {x}\\nsecond line'\n",
    "class A:\n    def g(self, x):\n        return self.missing(x)\n    value = 1\ndef f(x):\n    return A().g(x)\n",
    "class A:\n    value = 1\ndef f(x):\n    return A().valeu\n",
    "def f(x):\n    number = 1\n    return nubmer\n",
    "def f(x):\n    return self.x\n",
    "def f(x):\n    import no_such_module_at_all\n",
    "def f(x):\n    from collections import OrderedDit\n",
    "def f(x):\n    return [g(i) for i in range(x)]\ndef g(i):\n    raise KeyError('a\\nb')\n",
    "def f(x):\n    return (lambda y: y())(lambda: f'{1:%}' and g())\ndef g():\n    raise type('Odd', (Exception,), {})()\n",
    "def f(x):\n    eval('1 +', {})\n",
    "def f(x):\n    exec('def g():\\n  return 1/0\\ng()', {})\n",
    "def f(x):\n    compile('a = (', 'some file.py', 'exec')\n",
    "def f(x):\n    raise SyntaxError('odd', ('file.py', 3, 5, 'some   text here', 3, 9))\n",
    "def f(x):\n    raise SystemExit(x)\n",
    "def f(x):\n    raise KeyboardInterrupt\n",
    "def f(x):\n    next(iter([]))  # a comment\n",
    "def f(x):\n    open('/no/such/file')\n",
    "def f(x):\n    import math; return math.sqrt(-1) if x else   0\n",
    "def f(x):\n    return x.a.b[0] ** 2 // x\n",
    "class Strange(Exception):\n    def __str__(self):\n        raise RuntimeError\ndef f(x):\n    raise Strange\n",
    "class Strange(Exception):\n    def __str__(self):\n        return '\\udc80 \\x00'\ndef f(x):\n    raise Strange\n",
    "class Falsy(Exception):\n    def __bool__(self):\n        return False\ndef f(x):\n    try:\n        1 / 0\n"
    "    except Exception:\n        raise Falsy(x)\n",
    "def f(x):\n    if x <= 0: raise OverflowError\n    f(x - 1)\n",
    "def f(x):\n    if x <= 0: raise OverflowError\n    g(x)\ndef g(x):\n    f(x - 1)\n",
    "def f(x):\n    yield from f(x)\nf = lambda x, f=f: list(f(x))\n",
]


def standard(error: BaseException) -> str:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text[:-1] if text.endswith("\n") else text


def ours(error: BaseException) -> str:
    return format_exception((type(error), error, error.__traceback__))


def check(error: BaseException) -> None:
    expected = standard(error)
    assert ours(error) == expected
    assert ours(error) == expected
    # As the first thing that is asked of these lines, too.
    linecache.clearcache()
    assert ours(error) == expected


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> list[types.FunctionType]:
    folder = tmp_path_factory.mktemp("sources")
    made = []
    for number, source in enumerate(SOURCES):
        path = folder / f"source_{number}.py"
        path.write_text(source, encoding="utf-8")
        for filename in (str(path), f"<source {number}>"):
            namespace: dict[str, object] = {"__name__": f"source_{number}"}
            exec(compile(source, filename, "exec"), namespace)
            made.append(namespace["f"])
    return made  # type: ignore[return-value]


def caught(function: object, argument: int) -> BaseException:
    try:
        function(argument)  # type: ignore[operator]
    except BaseException as error:
        return error
    raise AssertionError(f"{function} did not fail")


def test_every_way_to_fail(functions: list[types.FunctionType]) -> None:
    for function in functions:
        for argument in (1, 2, 3, 4, 5, 30):
            check(caught(function, argument))


def combined(chance: random.Random, functions: list[types.FunctionType], depth: int) -> BaseException:
    """An exception that came about in some tangle of others."""
    way = chance.randrange(8 if depth else 1)
    if way == 0:
        return caught(chance.choice(functions), chance.randrange(1, 8))
    first = combined(chance, functions, depth - 1)
    second = combined(chance, functions, depth - 1)
    try:
        try:
            raise first
        except BaseException as error:
            if way == 1:
                raise second from error
            if way == 2:
                raise second from None
            if way == 3:
                raise second.with_traceback(None)
            if way == 4:
                raise
            if way == 5 and sys.version_info >= (3, 11):
                second.add_note(chance.choice(["a note", "two\nlines", ""]))
                raise second
            if way == 6 and sys.version_info >= (3, 11):
                raise BaseExceptionGroup("many", [first, second]) from error  # noqa: F821
            second.__context__ = first
            raise second
    except BaseException as error:
        return error


@pytest.mark.parametrize("seed", range(8))
def test_tangles_of_exceptions(functions: list[types.FunctionType], seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        check(combined(chance, functions, 3))


@pytest.mark.parametrize("again", [1, 2, 3, 4, 5, 6, 50])
def test_repeated_lines(functions: list[types.FunctionType], again: int) -> None:
    for function in functions[58:62]:
        check(caught(function, again))


# Without pytest, which brings a replacement of `traceback` to Python 3.10.
ALONE = """
import json, sys, traceback
from bongsu import _core
for number, path in enumerate(json.loads(sys.argv[1])):
    namespace = {"__name__": "source"}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), namespace)
    for argument in (1, 2, 5, 30):
        try:
            namespace["f"](argument)
        except BaseException as error:
            made = (type(error), error, error.__traceback__)
            text = _core.format_exception(made)
            expected = "".join(traceback.format_exception(*made))
            strange = type(error).__name__ in ("Strange", "Falsy")
            assert text == expected[:-1] or (text is None and strange), (text, expected)
"""


def test_they_are_written_here(functions: list[types.FunctionType]) -> None:
    paths = [function.__code__.co_filename for function in functions if "<" not in function.__code__.co_filename]
    done = subprocess.run([sys.executable, "-c", ALONE, json.dumps(paths)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_those_of_the_logger_are_written_here() -> None:
    code = """
import sys
from bongsu import _trace
from bongsu._face.record import RecordException

_trace._FORMATTER = None  # who asks the standard library fails
try:
    {}["film"]
except KeyError:
    print(_trace.format_exception(RecordException(*sys.exc_info())))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("KeyError: 'film'\n"), done.stderr


def test_a_file_that_changes(tmp_path: object) -> None:
    path = os.path.join(str(tmp_path), "changing.py")
    for text in ("raise ValueError(1)", "raise ValueError(12)  # longer"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"def f(x):\n    {text}\n")
        namespace: dict[str, object] = {}
        exec(compile("def f(x):\n    raise ValueError(x)\n", path, "exec"), namespace)
        error = caught(namespace["f"], 1)
        assert text in ours(error)
        assert ours(error) == standard(error)
    before = ours(error)
    with open(path, "w", encoding="utf-8") as file:
        file.write("def f(x):\n    something else\n")
    after = ours(error)
    assert after != before and "something else" in after
    os.unlink(path)
    assert "something else" not in ours(error)
    assert ours(error) == standard(error)


def test_a_loader_gives_the_source() -> None:
    source = "def f(x):\n    raise LookupError('from nowhere')\n"

    class Loader:
        def create_module(self, spec: object) -> None:
            return None

        def exec_module(self, module: types.ModuleType) -> None:
            exec(compile(source, "nowhere/there.py", "exec"), module.__dict__)

        def get_source(self, name: str) -> str:
            return source

    spec = importlib.util.spec_from_loader("there", Loader())  # type: ignore[arg-type]
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    error = caught(module.f, 1)
    linecache.clearcache()
    assert "from nowhere" in ours(error).splitlines()[-2]
    check(error)


def test_a_traceback_made_by_hand() -> None:
    error = caught(lambda _: 1 / 0, 1)
    at = error.__traceback__
    assert at is not None
    for line in (at.tb_lineno, at.tb_lineno + 1, 1, 99999):
        for instruction in (at.tb_lasti, 0, -1):
            check(error.with_traceback(types.TracebackType(at.tb_next, at.tb_frame, instruction, line)))


def test_a_ring_of_contexts() -> None:
    first, second = caught(lambda _: 1 / 0, 1), caught(lambda _: {}[1], 1)
    first.__context__, second.__context__ = second, first
    check(first)
    first.__context__ = None
    first.__cause__ = second
    check(first)


def test_no_exception_at_all() -> None:
    assert format_exception((None, None, None)) == "NoneType: None"


def test_a_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(n: int) -> float:
        return 1 / n if n == 0 else deep(n - 1)

    error = caught(deep, 3)
    ours(error)
    for limit in (0, 1, 2, -1):
        monkeypatch.setattr(sys, "tracebacklimit", limit, raising=False)
        assert ours(error) == standard(error)


def test_what_a_program_replaces_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    error = caught(lambda _: 1 / 0, 1)
    ours(error)
    with monkeypatch.context() as patch:
        patch.setattr(linecache, "getline", lambda *_: "another line\n")
        if sys.version_info < (3, 13):
            assert "another line" in ours(error)
        assert ours(error) == standard(error)
    with monkeypatch.context() as patch:
        patch.setattr(traceback.StackSummary, "format", lambda self, **_: ["  nothing\n"])
        assert "  nothing\n" in ours(error)
    with monkeypatch.context() as patch:
        patch.setattr(logging.Formatter, "formatException", lambda *_: "mine")
        assert ours(error) == "mine"
    assert ours(error) == standard(error)
