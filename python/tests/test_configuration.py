"""The configuration: arguments, environment, files and mappings, read as a Rust program's are."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bongsu
from conftest import Lines, run, wait_for

SECRET = "s3cr3t-Value-77"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a folder and an environment without configurations; afterwards `logging` is as it was."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("BONGSU_LOG_"):
            monkeypatch.delenv(name)
    yield
    bongsu.shutdown()
    bongsu.uninstall()


def effective(home: str = "logs") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(home, "config/logging_config.json").read_text(encoding="utf-8"))
    return found


def text(name: str) -> str:
    bongsu.shutdown()
    path = Path("logs", name)
    return path.read_text(encoding="utf-8") if path.exists() else ""


TOML = """
zone = "Asia/Seoul"
console = { output = "stderr", level = "WARNING", layout = "{level} ~ {message}" }
application = { layout = "json", level = "INFO" }
error = { layout = "{name}!{message}", level = "CRITICAL" }
mask = { fields = ["pin"] }
[loggers]
shop = "DEBUG"
"shop.db" = "ERROR"
"""
YAML = """
zone: Asia/Seoul
console: {output: stderr, level: WARNING, layout: "{level} ~ {message}"}
application: {layout: json, level: INFO}
error: {layout: "{name}!{message}", level: CRITICAL}
mask: {fields: [pin]}
loggers: {shop: DEBUG, shop.db: ERROR}
"""
MAPPING: dict[str, Any] = {
    "zone": "Asia/Seoul",
    "console": {"output": "stderr", "level": "WARNING", "layout": "{level} ~ {message}"},
    "application": {"layout": "json", "level": "INFO"},
    "error.layout": "{name}!{message}",
    "error.level": "CRITICAL",
    "mask": {"fields": ["pin"]},
    "loggers": {"shop": "DEBUG", "shop.db": "ERROR"},
}


@pytest.mark.parametrize("how", ["x.toml", "x.yaml", "x.json", "mapping", "found", "variable"])
def test_a_configuration_is_the_same_wherever_it_stands(
    how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = {"found": "bongsu-logging.toml", "variable": "elsewhere.conf"}.get(how, how)
    if how == "mapping":
        bongsu.start(config=MAPPING)
    else:
        Path(name).write_text({"x.yaml": YAML, "x.json": json.dumps(MAPPING)}.get(how, TOML))
        if how == "variable":
            monkeypatch.setenv("BONGSU_LOG_CONFIG", name)
        bongsu.start(config=Path(name) if how.startswith("x.") else None)
    shop, pool = bongsu.get_logger("shop"), bongsu.get_logger("shop.db.pool")
    shop.debug("in the file of the component")
    shop.warning("pin=1234")
    pool.warning("below its level")
    pool.critical("down")
    said = capsys.readouterr()
    assert said.out == "" and said.err == "WARNING ~ pin=***HIDDEN***\nCRITICAL ~ down\n"
    application = [json.loads(line) for line in text("app/application.log").splitlines()]
    assert [line["Body"] for line in application] == ["Logging started", "pin=***HIDDEN***", "down", "Logging stopped"]
    assert text("error/error.log") == "shop.db.pool!down\n"
    assert len(text("app/shop.log").splitlines()) == 3
    told = effective()
    assert (told["console"]["level"], told["zone"], told["loggers"]) == (
        "WARNING", "Asia/Seoul", {"shop": "DEBUG", "shop.db": "ERROR"},
    )  # fmt: skip


def test_code_counts_before_the_environment_and_that_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONGSU_LOG_SYNC", "each")
    monkeypatch.setenv("BONGSU_LOG_CONSOLE_LEVEL", "ERROR")
    monkeypatch.setenv("BONGSU_LOG_DIR", "from-environment")
    monkeypatch.setenv("BONGSU_LOG_LEVEL", "ERROR")
    config = {"sync": "5 s", "mode": "plain", "home": "from-file", "console": {"level": "CRITICAL", "output": "off"}}
    bongsu.start("logs", config=config, sync=2.5, console=True, level="INFO", on_sigterm=False)
    told = effective()
    assert (told["sync"], told["mode"], told["console"]["level"]) == ("2.5 s", "plain", "ERROR")
    assert (told["console"]["output"], told["sigterm"]) == ("stdout", False)
    assert logging.getLogger().level == logging.INFO and bongsu.get_logger("own").level == logging.INFO
    assert not Path("from-file").exists() and not Path("from-environment").exists()


def test_a_level_for_all_loggers_counts_in_place_of_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONGSU_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("BONGSU_LOG_LOGGERS", "loud=DEBUG")
    before = logging.getLogger("loud").level
    bongsu.start(console=False)
    assert logging.getLogger().level == logging.WARNING
    assert bongsu.get_logger("calm", level="DEBUG").level == logging.WARNING
    assert bongsu.get_logger("loud", level="ERROR").level == logging.DEBUG
    assert bongsu.get_performance_logger("x").level == logging.WARNING
    bongsu.shutdown()
    assert logging.getLogger("loud").level == before


def test_a_decorated_function_speaks_at_the_level_of_the_configuration() -> None:
    bongsu.start(console=False, config={"loggers": {"configured": "DEBUG", "quiet": "ERROR"}})

    @bongsu.log_execution(component="configured")
    def fails() -> None:
        raise ValueError("no")

    @bongsu.log_execution(component="quiet")
    def works() -> None:
        pass

    with pytest.raises(ValueError, match="no"):
        fails()
    works()
    assert "DEBUG    configured" in text("app/configured.log")
    assert text("app/quiet.log") == ""


def test_rotation_retention_compression_and_the_archive() -> None:
    config = {
        "rotation": {"size": "2 KiB", "compression": "gzip"},
        "retention": {"count": 2, "archive": True},
        "components": {"orders": {"file": "shop.log", "size": "1 KiB", "count": 1}},
    }
    bongsu.start(console=False, config=config)
    orders = bongsu.get_logger("orders")
    for number in range(200):
        orders.info("order %d", number)
    bongsu.shutdown()
    kept = {"application.log", "application.log.1.gz", "application.log.2.gz", "shop.log", "shop.log.1.gz", "system.log"}
    # Older files are packed and put away by a thread of their own.
    wait_for(lambda: {path.name for path in Path("logs/app").iterdir() if path.is_file()} == kept)
    wait_for(lambda: {path.name.partition(".")[0] for path in Path("logs/archive").rglob("*.log.*")} == {"application", "shop"})


def test_files_of_levels() -> None:
    logging.addLevelName(33, "NOTED")
    bongsu.start(console=False, config={"level_files": True, "component": {"layout": "{level} {message}"}})
    log = bongsu.get_logger("levels", level="DEBUG")
    log.debug("a")
    log.info("b")
    log.error("c")
    log.log(33, "d")
    assert text("app/level_debug.log") == "DEBUG a\n"
    assert text("app/level_info.log").splitlines() == ["INFO Logging started", "INFO b", "INFO Logging stopped"]
    assert text("app/level_error.log") == "ERROR c\n"
    assert text("app/level_warning.log") == "NOTED d\n"
    assert not Path("logs/app/level_critical.log").exists()


def test_calls_stay_quick_with_a_configuration() -> None:
    bongsu.start(console=False, config={"level_files": True, "application": {"layout": "json"}, "console": {"output": "stderr"}})
    log = bongsu.get_logger("quick.configured")
    before = bongsu.stats()
    for _ in range(10):
        log.info("x")
    assert bongsu.stats()["written"] - before["written"] == 10


def test_levels_of_ones_own_are_known_on_both_sides() -> None:
    logging.addLevelName(17, "Whisper")
    bongsu.start(console=False, console_level=15, config={"levels": {"DETAIL": 26}, "loggers": {"a": "detail", "b": "whisper"}})
    assert (logging.getLogger("a").level, logging.getLogger("b").level) == (26, 17)
    assert logging.getLevelName(26) == "DETAIL" and logging.getLevelName(17) == "Whisper"
    assert effective()["console"]["level"] == "LEVEL_15" and logging.getLevelName(15) == "Level 15"


def test_the_rules_of_the_mask_and_those_of_the_program_add_up() -> None:
    config = {"mask": {"rules": ["names", "emails"], "fields": ["pin"], "except": ["token"], "prefixes": ["acme_"]}}
    bongsu.mask(fields=["badge"])
    try:
        bongsu.start(console=False, config=config)
        said = bongsu.masked("pin=1 badge=2 token=abcd1234 kim@example.com 4111-1111-1111-1111 acme_0123456789abcdef")
        hidden = bongsu.HIDDEN
        assert said == f"pin={hidden} badge={hidden} token=abcd1234 {hidden} 4111-1111-1111-1111 {hidden}"
        bongsu.mask(on=["cards"], off=["emails"])
        assert bongsu.masked("kim@example.com 4111-1111-1111-1111") == f"kim@example.com {hidden}"
        bongsu.reset_mask()
        assert bongsu.masked("pin=1 badge=2") == f"pin={hidden} badge=2"
        bongsu.shutdown()
        assert bongsu.masked("pin=1 token=abcd1234") == f"pin=1 token={hidden}"
    finally:
        bongsu.reset_mask()


def test_levels_and_masks_change_while_a_program_runs() -> None:
    path = Path("x.toml")
    path.write_text("loggers.changing = 'ERROR'\nerror.level = 'CRITICAL'\n")
    bongsu.start(console=False, config=path)
    log, other = bongsu.get_logger("changing"), bongsu.get_logger("stays", level="WARNING")

    @bongsu.log_execution(component="changing")
    def works() -> None:
        pass

    works()
    log.info("not yet")
    path.write_text("loggers.changing = 'DEBUG'\nerror.level = 'INFO'\nmask.fields = ['pin']\nsync = 'each'\nlevels = { LOUDER = 45 }\n")
    assert bongsu.reload() == ["sync"]
    log.debug("pin=1234")
    log.info("now")
    works()
    other.info("no")
    assert logging.getLevelName(45) == "LOUDER"
    path.write_text("loggers.changing = 'LOUDEST'\n")
    with pytest.raises(bongsu.BongsuError, match=r"x\.toml:1: `loggers\.changing`"):
        bongsu.reload()
    log.debug("as before")
    path.write_text("")
    assert bongsu.reload() == []
    log.debug("back to INFO, as the program says")
    log.info("pin=1234")
    assert effective()["sync"] == "never" and effective()["error"]["level"] == "ERROR"
    said = re.findall(r" \| (.*)", text("app/changing.log"))
    assert said[:3] == ["pin=***HIDDEN***", "now", "Starting works"] and said[-2:] == ["as before", "pin=1234"]
    assert "now" in text("error/error.log") and text("app/stays.log") == ""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", "\nrotation.size = '10 MBB'\n", r'a\.toml:2: `rotation\.size` is "10 MBB"; write a size such as'),
        ("a.yaml", "console:\n  levle: INFO\n", r"a\.yaml:2: there is no key `console\.levle`; did you mean `console\.level`\?"),
        ("a.json", '{"sync": \n "soon"}', r'a\.json:2: `sync` is "soon"; write "never", "each" or a time'),
        ("a.json", '{"sync": ', r"a\.json:1: this is not JSON"),
        ("a.toml", "[ship]\nurl = 'http://x'\ntimeout = 'soon'\n", r'a\.toml:3: `ship\.timeout` is "soon"; write a time such as'),
        ("a.toml", "[ship]\nurll = 'http://x'\n", r"a\.toml:2: there is no key `ship\.urll`; did you mean `url`\?"),
        ("a.toml", "[ship]\ntoken = 'x'\n", r"`ship\.url`: is missing"),
        ("a.toml", "[ship]\nurl = 'nowhere'\n", r"`ship\.url`: `nowhere` has no scheme"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(name: str, content: str, said: str) -> None:
    Path(name).write_text(content)
    with pytest.raises(bongsu.BongsuError, match=said):
        bongsu.start(config=name)
    assert logging.getLogger().handlers == [] and not Path("logs").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sync": "soon"}, r'start\(\): `sync` is "soon"; write "never", "each" or a time'),
        ({"sync": -1}, r'start\(\): `sync` is "-1 s"'),
        ({"sync": True}, r"start\(\): `sync` is true"),
        ({"config": {"rotation": {"size": "big"}}}, r'config: `rotation\.size` is "big"; write a size such as'),
        ({"config": {"levels": {"X": object()}}}, r"config: a configuration holds texts.* not object"),
        ({"config": 5}, r"start\(config=5\): config takes the path of a file, or a mapping"),
        ({"config": "nowhere.toml"}, r"cannot read the logging configuration `.*nowhere\.toml`.*BONGSU_LOG_CONFIG"),
        ({"ship": {"url": "http://x", "when_full": "panic"}}, r'start\(\): `ship\.when_full` is "panic"; write "drop-oldest"'),
        ({"ship": 7}, r"start\(ship=…\): ship takes the address of a server"),
        ({"console": "off"}, r"start\(console='off'\): console takes True or False"),
        ({"uncaught": None}, r"start\(uncaught=None\): uncaught takes True or False"),
        ({"console_level": "LOUD"}, "unknown level 'LOUD'"),
        ({"home": 3}, r"start\(home=3\): home takes a folder"),
    ],
)
def test_a_mistake_in_code_is_told_with_its_argument(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(bongsu.BongsuError, match=said):
        bongsu.start(**arguments)
    assert logging.getLogger().handlers == []


def test_a_mistake_in_the_environment_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONGSU_LOG_ROTATION_SIZ", "1 MiB")
    with pytest.raises(bongsu.BongsuError, match="no variable `BONGSU_LOG_ROTATION_SIZ`; did you mean `BONGSU_LOG_ROTATION_SIZE`"):
        bongsu.get_logger("first")


@pytest.mark.parametrize(
    "ship",
    [
        {"token": SECRET, "url": "nowhere"},
        {"token": [SECRET], "url": "http://x"},
        {"url": f"http://kim:{SECRET}@x"},
        {"url": [SECRET]},
        {"url": "http://x", "headers": {"X-Key": [SECRET]}},
        {"url": "http://x", "headers": SECRET},
        {"url": "http://x", "headers": {"X-Key": f"{SECRET}\n"}},
        {"url": "http://x", "token": f"{SECRET}\n"},
    ],
)
def test_no_error_shows_a_secret(ship: dict[str, Any]) -> None:
    with pytest.raises(bongsu.BongsuError) as caught:
        bongsu.start(console=False, config={"ship": ship})
    assert SECRET not in str(caught.value) and SECRET not in repr(caught.value)
    with pytest.raises(bongsu.BongsuError) as caught:
        bongsu.start(console=False, ship=ship)
    assert SECRET not in str(caught.value)


def test_neither_the_effective_configuration_nor_any_repr_shows_a_secret() -> None:
    from bongsu import _home

    ship = {"url": "http://127.0.0.1:9", "token": SECRET, "headers": {"X-Key": SECRET}, "flush_for": "1 ms"}
    bongsu.start(console=False, config={"ship": ship}, ship=ship)
    assert effective()["ship"]["token"] == "***HIDDEN***"
    assert SECRET not in Path("logs/config/logging_config.json").read_text()
    home = _home.running()
    shown = [home.asked, home.settings, bongsu.shipper(), *home.common, vars(home)]
    assert SECRET not in repr(shown)


def test_starting_again_otherwise_is_an_error() -> None:
    Path("x.toml").write_text("mode = 'plain'\n")
    bongsu.start(console=False, config="x.toml")
    bongsu.start(console=False, config=Path("x.toml").absolute())
    bongsu.start(console=False)
    for arguments in ({"config": "y.toml"}, {"sync": "each"}, {"ship": "http://127.0.0.1:9"}):
        with pytest.raises(bongsu.BongsuError, match="already started in .*shutdown.*before anything is logged"):
            bongsu.start(**arguments)  # type: ignore[arg-type]


def test_logging_that_starts_by_itself_reads_the_environment(tmp_path: Path) -> None:
    (tmp_path / "bongsu-logging.json").write_text('{"console": {"layout": "{message}"}}')
    code = "import bongsu; bongsu.get_logger('first').error('begun')"
    done = run(f"import os; os.chdir({str(tmp_path)!r})\n{code}", BONGSU_LOG_CONSOLE_OUTPUT="stderr")
    assert done.stdout == "" and done.stderr.splitlines() == ["Logging started", "begun", "Logging stopped"]
    done = run(f"import os; os.chdir({str(tmp_path)!r})\n{code}", BONGSU_LOG_CONSOLE_LEVEL="LOUD")
    assert done.returncode == 1 and 'BONGSU_LOG_CONSOLE_LEVEL: `console.level` is "LOUD"' in done.stderr


DICTIONARY_YAML = """
version: 1
x-own: &own {class: bongsu.Handler}
disable_existing_loggers: &off no
formatters:
  plain: {format: "%(levelname)s %(name)s %(message)s"}
handlers:
  file: {<<: *own, file: own.log, formatter: plain, rotation: 10 MiB, level: INFO}
  json: {<<: *own, file: own.jsonl, layout: json, retention: 3, compression: gzip, sync: each}
  theirs: {class: logging.FileHandler, filename: theirs.log}
loggers:
  dictionary: {handlers: [file, json], level: DEBUG, propagate: *off}
root: {level: INFO, handlers: [theirs]}
"""


def dictionary(name: str) -> Any:
    """The dictionary as a file of this name holds it, or itself."""
    values: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
        "handlers": {
            "file": {"class": "bongsu.Handler", "file": "own.log", "formatter": "plain", "rotation": "10 MiB", "level": "INFO"},
            "json": {"class": "bongsu.Handler", "file": "own.jsonl", "layout": "json", "retention": 3, "compression": "gzip", "sync": "each"},
            "theirs": {"class": "logging.FileHandler", "filename": "theirs.log"},
        },
        "loggers": {"dictionary": {"handlers": ["file", "json"], "level": "DEBUG", "propagate": False}},
        "root": {"level": "INFO", "handlers": ["theirs"]},
    }
    if name == "mapping":
        return values
    if name.endswith(".toml"):
        tables = {key: values[key] for key in ("formatters", "handlers", "loggers", "root")}
        Path(name).write_text("\n".join(["version = 1", "disable_existing_loggers = false", *toml("", tables)]))
    else:
        Path(name).write_text(json.dumps(values) if name.endswith(".json") else DICTIONARY_YAML)
    return name


def toml(above: str, table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"[{above}{key}]"
            yield from toml(f"{above}{key}.", value)
        else:
            yield f"{key} = {json.dumps(value)}"


@pytest.fixture
def standard() -> Iterator[None]:
    """What a dictionary did to `logging` is taken back."""
    yield
    root, own = logging.getLogger(), logging.getLogger("dictionary")
    for logger in (root, own):
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
    root.setLevel(logging.WARNING)
    own.setLevel(logging.NOTSET)
    own.propagate = True


@pytest.mark.parametrize("how", ["d.yaml", "d.json", "d.toml", "mapping", "bongsu-logging.yaml"])
def test_a_dictionary_of_the_standard_library_is_taken_as_it_stands(
    how: str, standard: None, capsys: pytest.CaptureFixture[str]
) -> None:
    given = dictionary(how)
    bongsu.start(config=None if how.startswith("bongsu") else given)
    own, other = logging.getLogger("dictionary"), logging.getLogger("other")
    own.debug("to json only")
    own.info("paid %d", 42)
    other.info("seen")
    other.debug("the root logger has the level of the dictionary")
    assert not own.propagate
    bongsu.shutdown()
    for handler in (*own.handlers, *logging.getLogger().handlers):
        handler.flush()
    assert Path("own.log").read_text() == "INFO dictionary paid 42\n"
    assert [json.loads(line)["Body"] for line in Path("own.jsonl").read_text().splitlines()] == ["to json only", "paid 42"]
    assert Path("theirs.log").read_text().splitlines() == ["Logging started", "seen", "Logging stopped"]
    said = re.findall(r" \| (.*)", Path("logs/app/application.log").read_text())
    assert said == ["Logging started", "to json only", "paid 42", "seen", "Logging stopped"]
    assert capsys.readouterr().out == "", "what is shown is for the dictionary to say"


def test_a_dictionary_turns_off_the_loggers_that_were_there_but_not_the_record_of_the_start(standard: None) -> None:
    before = logging.getLogger("was.there")
    logging.getLogger("system")
    others = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger) and not one.disabled]
    try:
        bongsu.start(config={"version": 1, "root": {"handlers": []}})
        before.error("no")
        logging.getLogger("is.new").error("yes")
        said = re.findall(r" \| (.*)", text("app/application.log"))
        assert said == ["Logging started", "yes", "Logging stopped"]
    finally:
        for logger in others:
            logger.disabled = False


def test_a_dictionary_that_logging_refuses_is_told_with_its_file(standard: None) -> None:
    Path("d.json").write_text('{"version": 1, "handlers": {"h": {"class": "nowhere.Handler"}}}')
    with pytest.raises(bongsu.BongsuError, match=r"d\.json: logging\.config refuses it: .*'h'.*nowhere"):
        bongsu.start(config="d.json")
    Path("d.json").write_text('{"version": 1, "handlers": {"h": {"class": "bongsu.Handler", "file": "x", "sync": "soon"}}}')
    with pytest.raises(bongsu.BongsuError, match=r"d\.json: .*unknown sync `soon`"):
        bongsu.start(config="d.json")


def test_an_ini_file_of_the_standard_library(standard: None) -> None:
    Path("logging.ini").write_text(
        """
[loggers]
keys = root, dictionary
[handlers]
keys = file, stream
[formatters]
keys = plain
[logger_root]
level = WARNING
handlers = stream
[logger_dictionary]
qualname = dictionary
level = INFO
propagate = 0
handlers = file
[handler_file]
class = bongsu.Handler
formatter = plain
args = ("own.log",)
kwargs = {"rotation": "1 MiB", "retention": 2}
[handler_stream]
class = StreamHandler
args = (sys.stderr,)
[formatter_plain]
format = %(levelname)s %(message)s
"""
    )
    bongsu.start(config="logging.ini", level="DEBUG")
    logging.getLogger("dictionary").info("by ini")
    assert logging.getLogger().level == logging.DEBUG, "code counts before the file"
    logging.getLogger("dictionary").handlers[0].flush()
    assert Path("own.log").read_text() == "INFO by ini\n"


def test_a_handler_whose_rotation_is_said_keeps_what_nobody_gave_up(tmp_path: Path) -> None:
    for name, arguments, kept in (("plain", {}, 5), ("said", {"rotation": "1 KiB"}, 39), ("both", {"rotation": 1024, "retention": 2}, 2)):
        handler = bongsu.Handler(tmp_path / f"{name}.log", layout="{message}", **arguments)  # type: ignore[arg-type]
        size = 10 * 1024 * 1024 if name == "plain" else 1024
        record = logging.makeLogRecord({"msg": "x" * (size - 2), "levelno": 20, "levelname": "INFO"})
        for _ in range(8 if name == "plain" else 40):
            handler.handle(record)
        handler.close()
        assert len(list(tmp_path.glob(f"{name}.log.*"))) == kept, name


def test_the_configuration_of_a_program_that_is_run(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("application.layout = 'json'\nlevel = 'ERROR'\n")
    (tmp_path / "program.py").write_text("import logging\nlogging.getLogger('x').warning('a')\nlogging.getLogger('x').error('b')\n")
    code = f"""
import os, sys
os.chdir({str(tmp_path)!r})
sys.argv = ["run", "--config", "own.toml", "program.py"]
from bongsu.run import main
main()
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["Body"] for line in (tmp_path / "logs/app/application.log").read_text().splitlines()] == ["b"]
    (tmp_path / "own.toml").write_text("application.layut = 'json'\n")
    done = run(code)
    assert done.returncode == 2 and "own.toml:1: there is no key `application.layut`" in done.stderr


def test_times_are_of_the_zone_of_the_configuration(lines: Lines, home: Path) -> None:
    bongsu.shutdown()
    said = []
    for zone in ("Asia/Seoul", "UTC"):
        bongsu.start(home, console=False, config={"zone": zone})
        bongsu._core.set_clock(1_750_000_000_000_000_000)
        try:
            bongsu.get_logger(f"zones.{zone[:3]}").info("x")
        finally:
            bongsu._core.set_clock()
        bongsu.shutdown()
        said.append((home / f"app/zones.{zone[:3]}.log").read_text()[:21])
    assert said == ["[2025-06-16 00:06:40]", "[2025-06-15 15:06:40]"]


if sys.platform.startswith("linux"):

    def test_sync_each_reaches_the_disk_before_the_call_returns(tmp_path: Path) -> None:
        bongsu.start(console=False, sync="each")
        bongsu.get_logger("durable").info("x")
        assert effective()["sync"] == "each"
        assert Path("logs/app/durable.log").read_text().endswith("| x\n")
