"""`catch`: exceptions that are logged and go no further."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu import catch
from conftest import Lines


def test_an_exception_is_logged_with_its_traceback_and_goes_no_further(home: Path, lines: Lines) -> None:
    @catch
    def plain() -> int:
        return 1 // 0

    @catch(default=7, message="{function} of {module} failed: {exception!r}, {record[function]}")
    def with_default() -> int:
        raise KeyError("x")

    assert plain() is None and with_default() == 7
    with catch(message="in a block"):
        raise OSError("disk")
    text = "\n".join(lines("error/error.log"))
    assert "An error has been caught in function 'plain'" in text and "ZeroDivisionError" in text
    assert "with_default of test_catch failed: KeyError('x'), with_default" in text
    assert "| in a block" in text and "OSError: disk" in text
    assert "test_catch      plain                L" in text


def test_what_is_not_meant_goes_on(home: Path, lines: Lines) -> None:
    told: list[BaseException] = []
    with pytest.raises(KeyError), catch(OSError):
        raise KeyError("x")
    with pytest.raises(FileNotFoundError), catch(OSError, exclude=FileNotFoundError):
        raise FileNotFoundError
    with pytest.raises(KeyboardInterrupt), catch():
        raise KeyboardInterrupt
    assert lines("error/error.log") == []
    error = OSError("again")
    with pytest.raises(OSError) as caught, catch(OSError, level="CRITICAL", reraise=True, onerror=told.append):
        raise error
    assert caught.value is error and told == [error]
    assert lines("error/error.log")[0].split()[2] == "CRITICAL"


def test_coroutines_and_generators_are_caught_while_they_run(home: Path, lines: Lines) -> None:
    @catch(default="d")
    async def later() -> str:
        await asyncio.sleep(0)
        raise OSError("a")

    @catch
    def each() -> Any:
        yield 1
        raise OSError("b")

    @catch
    async def each_later() -> Any:
        yield 2
        raise OSError("c")

    async def go() -> list[Any]:
        async with catch():
            raise OSError("d")
        return [await later(), list(each()), [value async for value in each_later()]]

    assert asyncio.run(go()) == ["d", [1], [2]]
    assert sum("caught" in line for line in lines("error/error.log")) == 4


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"exception": (OSError, 3)}, "exception takes an exception class"),
        ({"exclude": int}, "exclude takes an exception class"),
        ({"level": "LOUD"}, "level='LOUD'"),
        ({"onerror": 3}, "onerror takes a function"),
        ({"message": 3}, "message takes a text"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        catch(**arguments)
    with pytest.raises(bongsu.BongsuError, match="put it on its methods"):
        catch()(type("Store", (), {}))
