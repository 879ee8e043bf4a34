"""`log_api_call`: what is told of calls of other services, and what is not."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import bongsu
from bongsu import HIDDEN, log_api_call
from conftest import Lines
from test_log_execution import said


@log_api_call
def search(query: str, page: int, call: str, api_key: str, *more: int, **options: Any) -> list[int]:
    if not query:
        raise OSError(f"401 for https://x/?key={api_key}&q={call}")
    return [page, 550]


def test_an_api_call_is_told_with_its_parameters_and_without_its_secrets(home: Path, lines: Lines) -> None:
    assert search("봉수", 2, "c", "k-1234") == [2, 550]
    with pytest.raises(OSError, match="k-1234"):
        search("", 2, "c", api_key="k-1234")
    told = said(lines("app/api_calls.log"))
    assert told[:5] == [
        f'INFO API Call search started with params: {{"query":"봉수","page":2,"call":"c","api_key":"{HIDDEN}"}}',
        "INFO API Call search succeeded in 0.000s",
        f'INFO API Call search started with params: {{"query":"","page":2,"call":"c","api_key":"{HIDDEN}"}}',
        f"ERROR API Call search failed after 0.000s: 401 for https://x/?key={HIDDEN}&q=c",
        "DEBUG Full traceback for search: Traceback (most recent call last):",
    ]
    performance = [line.split(" | ")[-1] for line in lines("performance/api_performance.log")]
    assert performance == [
        '{"status":"success","response_size":7}',
        f'{{"status":"failed","error":"401 for https://x/?key={HIDDEN}&q=c"}}',
    ]


def test_parameters_are_json_of_what_was_given(home: Path, lines: Lines) -> None:
    @dataclasses.dataclass
    class Login:
        user: str
        password: str

    class Opaque: ...

    day = datetime.date(2025, 6, 6)
    search("a", 1, "b", "key-1234", 7, 8, flag=True, none=None, half=0.5, day=day, nan=float("nan"), big=10**30)
    search("a", 1, "b", "key-1234", login=Login("kim", "hunter2"), raw=b"x", o=Opaque(), s={1}, t=(1, "two"), d={3: "x"})
    first, second = (line.split("params: ")[1] for line in said(lines("app/api_calls.log")) if "params" in line)
    assert first.endswith('"more":[7,8],"flag":true,"none":null,"half":0.5,"day":"2025-06-06","nan":"NaN","big":1' + "0" * 30 + "}")
    assert "hunter2" not in second and "user='kim'" in second
    assert second.endswith('"s":[1],"t":[1,"two"],"d":{"3":"x"}}')
    assert '"o":"<test_log_api_call.test_parameters_are_json_of_what_was_given.<locals>.Opaque>"' in second


def test_names_of_ones_own_take_the_place_of_the_default(home: Path, lines: Lines) -> None:
    class Client:
        def __init__(self) -> None:
            self.session = "s-77-s"

        @log_api_call(api_name="Login", log_response=True, sensitive_fields=["PIN", "session"])
        async def login(self, login: dict[str, Any], note: str) -> dict[str, Any]:
            if not note:
                raise ValueError(f"{login} {self.session}")
            return {"session": "s-9", "user": login["user"], "said": f"pin {login['Pin']}"}

    asyncio.run(Client().login({"user": "kim", "Pin": "4179x"}, "hello 4179x"))
    with pytest.raises(ValueError, match="4179x"):
        asyncio.run(Client().login({"user": "kim", "Pin": "4179x"}, ""))
    told = said(lines("app/api_calls.log"))
    assert told[0] == f'INFO API Call Login started with params: {{"login":{{"user":"kim","Pin":"{HIDDEN}"}},"note":"hello {HIDDEN}"}}'
    assert told[1].endswith(f'with response: {{"session":"{HIDDEN}","user":"kim","said":"pin {HIDDEN}"}}')
    assert told[3].endswith(f"{{'user': 'kim', 'Pin': '{HIDDEN}'}} {HIDDEN}")
    text = "\n".join(told + lines("error/error.log") + lines("app/application.log"))
    assert "4179x" not in text and "s-77-s" not in text


def test_without_request_no_parameter_is_told_and_a_response_is_cut(home: Path, lines: Lines) -> None:
    @log_api_call(log_request=False, log_response=True)
    def ping(size: int) -> str:
        return "x" * size

    ping(500)
    assert said(lines("app/api_calls.log")) == [
        "INFO API Call ping started",
        f"INFO API Call ping succeeded in 0.000s with response: {'x' * 200}",
    ]
    assert '"response_size":500' in lines("performance/api_performance.log")[0]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"api_name": " "}, "api_name takes a name"),
        ({"log_request": 1}, "log_request takes True or False"),
        ({"log_response": None}, "log_response takes True or False"),
        ({"sensitive_fields": "token"}, "sensitive_fields takes a list of names"),
        ({"sensitive_fields": [1]}, "1 is none"),
        ({"sensitive_fields": 3}, "sensitive_fields takes a list of names"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(given: dict[str, Any], named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        log_api_call(**given)


class Login(NamedTuple):
    user: str
    password: str


def test_fields_of_named_tuples_and_names_in_bytes_are_hidden(home: Path) -> None:
    @bongsu.log_api_call(api_name="pay", sensitive_fields=["pin", "password"])
    def pay(login: Login, form: dict[bytes, str]) -> None:
        raise ValueError(f"{login} {form}")

    with pytest.raises(ValueError, match="hunter2"):
        pay(Login("kim", "hunter2"), {b"pin": "471147"})
    bongsu.log_performance("pay", "total", 1.0, {"login": Login("kim", "hunter2")})
    bongsu.shutdown()
    texts = [file.read_text(encoding="utf-8") for file in home.rglob("*.log")]
    assert any("kim" in text for text in texts)
    assert [text for text in texts if "hunter2" in text or "471147" in text] == []


def test_the_size_of_a_response_is_that_of_the_body_it_holds(home: Path, lines: Lines) -> None:
    class Response:
        """As those of `requests` and `httpx` are made."""

        def __init__(self, **own: Any) -> None:
            self.__dict__.update(own)

        def __repr__(self) -> str:
            return "<Response [200]>"

        @property
        def content(self) -> bytes:
            raise AssertionError("it would read from the network")

    responses: list[tuple[Any, str]] = [
        (Response(_content=b"x" * 1234), "1234"),
        (Response(_content=False), "null"),
        (Response(_body=b"x" * 5), "5"),
        (Response(body="봉수"), "6"),
        (Response(), "null"),
        (object(), "null"),
        (bytearray(b"abc"), "3"),
        ({"a": [1, None]}, "14"),
        ([1, 2], "5"),
        (7, "1"),
        (None, "4"),
    ]
    for response, _ in responses:
        log_api_call(api_name="sized")(lambda given: given)(response)
    sizes = [line.rpartition('"response_size":')[2] for line in lines("performance/api_performance.log")]
    assert sizes == [f"{size}}}" for _, size in responses]
