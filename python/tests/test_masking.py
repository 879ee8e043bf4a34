"""No secret reaches any byte of the log home or of the console."""

from __future__ import annotations

import json
import logging
import urllib.parse
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bongsu
from bongsu import HIDDEN, LogContext, catch, contextualize, log_api_call, log_execution, mask, masked, reset_mask
from conftest import Lines

SENSITIVE = ["password", "api_key", "token", "API_KEY", "apiKey", "Api-Key", "PASSWORD", "Token"]
# What is in every line anyway would be found there whatever was masked.
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["C", "Z"]), min_size=1, max_size=8).map(
    lambda text: f"q7{text}Zx"
)


@pytest.fixture(autouse=True)
def rules() -> Any:
    yield
    reset_mask()


def nested(secret: str) -> st.SearchStrategy[Any]:
    """A value with the secret under a sensitive name somewhere inside, or behind one in a text."""
    leaf = st.sampled_from(SENSITIVE).flatmap(
        lambda name: st.sampled_from([{name: secret}, {name: [secret, 1]}, {name: {"inner": secret}}, {name: (secret,)}])
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda value: {"a": value, "b": 1}),
            inner.map(lambda value: [0, value]),
            inner.map(lambda value: (value, None)),
        ),
        max_leaves=3,
    )


class Client:
    """Holds a secret of its own."""

    def __init__(self, secret: str) -> None:
        self.token = secret

    @log_api_call(log_response=True)
    def call(self, query: str, password: str, config: Any, fail: bool) -> Any:
        if fail:
            raise ValueError(f"{password} {password!r} {config} {json.dumps(self.token)} {urllib.parse.quote(password)}")
        return {"echo": [password, config], "text": f"token={password!r}"}


@log_execution(component="masked", level="DEBUG", log_args=True, log_result=True)
def execute(query: str, password: str, config: Any, fail: bool) -> Any:
    config = json.loads(json.dumps(config))
    if fail:
        raise ValueError(f"cannot log in with {password} at {config}")
    return [password, config]


@log_execution(component="masked", level="DEBUG")
def pops(config: dict[str, Any]) -> None:
    secret = config.pop("password")
    raise ValueError(f"cannot log in with {secret}")


def written(home: Path) -> str:
    for name in [None, *logging.Logger.manager.loggerDict]:
        for handler in logging.getLogger(name).handlers:
            handler.flush()
    return "".join(path.read_text(encoding="utf-8", errors="replace") for path in home.rglob("*") if path.is_file())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), secret=secrets, fail=st.booleans(), by_name=st.booleans())
def test_no_secret_reaches_any_byte(home: Path, capsys: Any, data: Any, secret: str, fail: bool, by_name: bool) -> None:
    console = bongsu.Handler()
    logging.getLogger().addHandler(console)
    try:
        config = data.draw(nested(secret))
        for function in (Client(secret).call, execute):
            try:
                if by_name:
                    function("q", password=secret, config=config, fail=fail)
                else:
                    function("q", secret, config, fail)
            except ValueError:
                pass
        with pytest.raises(ValueError, match="cannot log in"):
            pops({"password": secret})
        console.flush()
    finally:
        logging.getLogger().removeHandler(console)
    out = capsys.readouterr()
    for text in (written(home), out.out + out.err):
        assert "execute" in text
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], urllib.parse.quote(secret, safe="")):
            assert form not in text, form


def test_fields_exceptions_and_plain_messages_are_masked(home: Path, lines: Lines) -> None:
    handler = bongsu.Handler(home / "app" / "json.log", layout="json")
    logging.getLogger().addHandler(handler)
    log = logging.getLogger("plain")
    try:
        log.info("login password=%s", "hunter2-a")
        log.info("x", extra={"api_key": "hunter2-b", "note": "token=hunter2-c1"})
        with contextualize(password="hunter2-d"):
            log.info("y")
        with catch():
            raise ValueError("Authorization: Bearer hunter2-e-0123456789")
        with pytest.raises(OSError), LogContext("plain", "work", None) as context:
            context.add_metadata("password", "hunter2-f")
            context.log_info("token: hunter2-g1")
            raise OSError("api_key=hunter2-h")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    text = written(home)
    assert "hunter2" not in text.replace('hunter2-e-0123456789")', "")
    assert text.count(HIDDEN) >= 12
    assert '"password":"***HIDDEN***"' in text


def test_rules_of_ones_own_add_up(home: Path, lines: Lines) -> None:
    mask(r"EMP\d{6}", r"card <(\d+)>", lambda text: [(0, 3)] if text.startswith("봉수대") else [])
    mask(fields=["pin"], prefixes=["acme_"], on=["emails"], off=["cards"], allow=["secret"])
    said = [
        ("by EMP004711.", f"by {HIDDEN}."),
        ("card <12>", f"card <{HIDDEN}>"),
        ("봉수대 x", f"{HIDDEN} x"),
        ("pin=12", f"pin={HIDDEN}"),
        ("acme_0123456789abcdef", HIDDEN),
        ("kim@example.com", HIDDEN),
        ("4111-1111-1111-1111", "4111-1111-1111-1111"),
        ("secret=abcdefgh1", "secret=abcdefgh1"),
    ]
    log = bongsu.get_logger("own")
    for text, expected in said:
        assert masked(text) == expected
        log.info("%s", text)
    assert [line.split(" | ", 1)[1] for line in lines("app/own.log")] == [expected for _, expected in said]

    @log_execution(component="own", log_args=True)
    def pay(pin: int) -> None: ...

    pay(1234)
    assert lines("app/own.log")[-2].endswith(f"args: ('{HIDDEN}',) kwargs: {{}}")
    reset_mask()
    assert masked("pin=12 EMP004711") == "pin=12 EMP004711"


def test_a_rule_that_fails_hides_the_whole_text() -> None:
    mask(lambda text: [(1, 2, 3)])  # type: ignore[list-item]
    assert masked("abc") == HIDDEN
    reset_mask()
    mask(lambda text: 1 / 0)  # type: ignore[arg-type,return-value]
    assert masked("abc") == HIDDEN


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"fields": "pin"}, "fields takes a list of names"),
        ({"on": ["everything"]}, "on takes names, tokens, schemes"),
        ({"off": [3]}, "3 is none"),
        ({"prefixes": 3}, "prefixes takes a list of names"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        mask(**arguments)


@pytest.mark.parametrize(("pattern", "named"), [("(", "not a regular expression"), (3, "patterns are regular expressions")])
def test_a_wrong_pattern_is_refused(pattern: Any, named: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        mask(pattern)


def test_named_fields_are_hidden_at_any_depth(home: Path) -> None:
    deep = {"call": {"token": "abcdef", "tokens": 512}, "list": [{"api_key": "k-1"}]}
    bongsu.log_performance("films", "load", 1.5, deep)
    with bongsu.LogContext("films", "join") as context:
        context.add_metadata("call", {"token": "abcdef"})
    logging.getLogger("films").info("extra", extra={"more": deep})
    bongsu.logger.info("pw={password} n={tokens}", password="hunter2", tokens=512)
    bongsu.shutdown()
    text = "\n".join(path.read_text() for path in home.rglob("*.log"))
    assert "abcdef" not in text and "k-1" not in text and "hunter2" not in text
    assert '"tokens":512' in text and "n=512" in text


DEEP = {"call": {"token": "ab", "tokens": 512}}


@pytest.mark.parametrize(
    ("message", "args", "written"),
    [
        ("%s", (DEEP,), "{'call': {'token': '***HIDDEN***', 'tokens': 512}}"),
        ("%s %d", (DEEP, 1), "{'call': {'token': '***HIDDEN***', 'tokens': 512}} 1"),
        ("%s", ([(DEEP,)],), "[({'call': {'token': '***HIDDEN***', 'tokens': 512}},)]"),
        ("%(token)s", ({"token": "ab"},), "***HIDDEN***"),
        ("pin %(password)d", ({"password": 9714},), "pin ***HIDDEN***"),
        ("%s", (OrderedDict(a=1, token="ab"),), str(OrderedDict(a=1, token="***HIDDEN***"))),
        ({"token": "ab"}, (), "{'token': '***HIDDEN***'}"),
        ("%s", ({"a": "ab"},), "{'a': 'ab'}"),
    ],
    ids=repr,
)
def test_dictionaries_in_messages_keep_their_secrets(home: Path, message: Any, args: Any, written: str) -> None:
    log = logging.getLogger("given")
    formatted = bongsu.Handler(home / "formatted.log")
    formatted.setFormatter(logging.Formatter("%(message)s"))
    log.error(message, *args)
    log.addHandler(formatted)
    log.error(message, *args)
    log.removeHandler(formatted)
    formatted.close()
    bongsu.shutdown()
    lines = (home / "error" / "error.log").read_text().splitlines()
    assert [line.split(" | ")[1] for line in lines] == [written] * 2
    assert (home / "formatted.log").read_text() == f"{written}\n"
    assert DEEP["call"]["token"] == "ab"


def test_dictionaries_in_braces_keep_their_secrets(home: Path) -> None:
    bongsu.logger.info("{} {}", {"token": "ab"}, [1])
    bongsu.logger.info("{0[password]:d}", {"password": 9714})
    bongsu.shutdown()
    text = (home / "app" / "application.log").read_text()
    assert "{'token': '***HIDDEN***'} [1]" in text and "9714" not in text


def test_what_json_cannot_say_ends_no_program(home: Path) -> None:
    class Broken:
        def __str__(self) -> str:
            raise ValueError("no text")

    ring: list[object] = []
    ring.append(ring)
    for value in (ring, {(1, 2): 3}, Broken(), float("nan")):
        bongsu.log_performance("films", "load", 1.5, {"value": value})
        with bongsu.LogContext("films", "join") as context:
            context.add_metadata("value", value)
    assert bongsu.current_fields() == {}


def test_numbers_and_keys_of_parameters_are_looked_at_too(home: Path) -> None:
    @bongsu.log_api_call()
    def pay(card: object, number: int) -> None: ...

    pay({"4111111111111111": 1}, 4111111111111111)
    bongsu.shutdown()
    assert "4111111111111111" not in (home / "app" / "api_calls.log").read_text()


@pytest.mark.parametrize(
    ("secret", "part"),
    [
        ("4111 1111 1111 1111", "4111 1111"),
        ("900101-1234568", "900101-1"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_16"),
        ("postgres://app:s3cretPw9@db/films", "s3c"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIO"),
    ],
)
def test_the_cut_leaves_no_part_of_a_secret(tmp_path: Path, secret: str, part: str) -> None:
    bongsu.shutdown()
    bongsu.start(tmp_path / "logs", console=False)
    try:
        same = bongsu.log_execution("cut", log_args=True, log_result=True)(lambda value: value)
        api = bongsu.log_api_call("cut", log_request=False, log_response=True)(lambda value: value)
        for before in range(60, 205):
            text = "_" * before + " " + secret
            same(text)
            api(text)
            api({"text": text})
    finally:
        bongsu.shutdown()
    for name in ("cut", "api_calls"):
        said = (tmp_path / "logs" / "app" / f"{name}.log").read_text()
        assert said.count("_" * 60) > 100
        assert part not in said


def test_arguments_that_do_not_fit_are_told_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("misfit")
    logger.propagate = False
    handler = bongsu.Handler(tmp_path / "x.log", layout="{message}")
    logger.addHandler(handler)
    values = {"password": "hunter2xQ9z"}
    try:
        logger.warning("password=%s user=%s", values["password"])
        logger.warning("%s %s", values)
        logger.warning("page %d", "two")
    finally:
        logger.removeHandler(handler)
        handler.close()
    told = capsys.readouterr().err
    assert told.count("--- Logging error ---") == 3
    assert "Arguments: ***HIDDEN***" in told and "Message: 'page %d'\nArguments: ('two',)" in told
    assert "hunter2" not in "".join(line for line in told.splitlines() if line.startswith(("Message", "Arguments")))


def test_a_secret_is_one_in_every_frame_of_a_traceback(tmp_path: Path) -> None:
    lines: list[str] = []
    number = bongsu.logger.add(lambda message: lines.append(str(message)))

    @bongsu.logger.catch
    def login(password: str) -> None:
        raise RuntimeError("bad")

    def around(*args: str) -> None:
        login(*args)

    try:
        around("hunter2" + "xQ9z")
        try:
            raise ValueError("not " + "hunter2" + "xQ9z")
        except ValueError as error:
            password = "hunter2" + "xQ9z"
            bongsu.logger.opt(exception=error).error("outer")
            del password
    finally:
        bongsu.logger.remove(number)
    assert len(lines) == 2 and "bad" in lines[0]
    assert "hunter2xQ9z" not in "".join(lines)


@pytest.mark.parametrize("how", ["quick", "handled", "filtered"])
def test_a_secret_of_several_words_is_hidden_whole(tmp_path: Path, how: str) -> None:
    phrase = "correct horse battery staple"
    logger = logging.getLogger("phrases")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = bongsu.Handler(tmp_path / "x.log", layout="{message}")
    logger.addHandler(handler)
    if how == "quick":
        bongsu.install()
    if how == "filtered":
        handler.addFilter(lambda record: True)
    try:
        logger.info("password=%s", phrase)
        logger.info("login of %s, password: %s (page %d)", "kim min", phrase, 2)
        logger.info("비번=%s 100%%", phrase)
        logger.info("no secret: %s", phrase)
    finally:
        bongsu.uninstall()
        logger.removeHandler(handler)
        handler.close()
    assert (tmp_path / "x.log").read_text().splitlines() == [
        f"password={HIDDEN}",
        f"login of kim min, password: {HIDDEN} (page 2)",
        f"비번={HIDDEN} 100%",
        f"no secret: {phrase}",
    ]


@pytest.mark.parametrize("name", ["비밀번호", "비번", "암호", "패스워드", "주민등록번호", "주민번호", "토큰", "인증키", "otp"])
def test_names_of_secrets(name: str) -> None:
    assert masked(f"{name}=hunter2xQ9z, page=2") == f"{name}={HIDDEN}, page=2"
