"""What the extension module offers to the package; programs use `bongsu` itself."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, final

__version__: str

class BongsuError(ValueError):
    """What was asked of bongsu cannot be done; the text says why and what to do."""

@final
class Sink:
    """What a handler writes to, and in which layout."""

    @staticmethod
    def file(
        path: str,
        layout: str,
        *,
        rotation: int | str | None = None,
        retention: int | str | None = None,
        compression: str | None = None,
        archive: str | None = None,
        sync: float | str | None = None,
        mode: str | None = None,
    ) -> Sink: ...
    @staticmethod
    def console(layout: str, colours: bool | None = None) -> Sink: ...
    @property
    def is_console(self) -> bool: ...
    def flush(self) -> None: ...

def setup(handler: type[logging.Handler]) -> None: ...
def touch() -> None: ...
def bind(logger: logging.Logger) -> bool: ...
def unbind(logger: logging.Logger) -> None: ...
def emit(sink: Sink, record: logging.LogRecord, text: str) -> None: ...
def render(sink: Sink, record: logging.LogRecord, text: str) -> str: ...
def write_text(sink: Sink, level: int, text: str) -> None: ...
def must_keep_out() -> bool: ...
def stats() -> dict[str, int]: ...
def recover(home: str) -> None: ...
def make_home(home: str | None = None) -> str: ...
def component_path(home: str, component: str, log_file: str | None = None) -> str | None: ...
def performance_path(home: str, component: str) -> str: ...
def format_exception(exc_info: Any) -> str | None: ...
def before_fork() -> None: ...
def after_fork_in_parent() -> None: ...
def after_fork_in_child() -> None: ...
def drain_on_sigterm() -> bool: ...
def end() -> None: ...
def set_clock(nanos: int | None = None) -> None: ...

HIDDEN: str
fields_variable: ContextVar[Fields]

@final
class Fields:
    """Fields of a context, ready to be written."""

    def __init__(self, values: dict[str, Any]) -> None: ...
    @property
    def values(self) -> dict[str, Any]: ...

@final
class Voice:
    """A logger that is spoken through with texts that are ready."""

    def __init__(self, logger: logging.Logger, least: int, given: int | None = None) -> None: ...
    def is_on(self, level: int) -> bool: ...
    def say(
        self, level: int, text: str, function: str, file: str, line: int, fields: dict[str, Any] | None = None
    ) -> None: ...

@final
class Task:
    """What a decorator was told of one function."""

    @staticmethod
    def execution(
        find: Callable[[], tuple[Any, Voice, Voice]],
        homes: dict[str, Any],
        place: Callable[[], tuple[str, int]],
        function: str,
        parameters: list[str],
        rest: str | None,
        bound: bool,
        announce: bool,
        log_args: bool,
        log_result: bool,
    ) -> Task: ...
    @staticmethod
    def api(
        find: Callable[[], tuple[Any, Voice, Voice]],
        homes: dict[str, Any],
        place: Callable[[], tuple[str, int]],
        function: str,
        parameters: list[str],
        rest: str | None,
        bound: bool,
        api_name: str,
        log_request: bool,
        log_response: bool,
        sensitive_fields: list[str],
    ) -> Task: ...

@final
class Run:
    """A run that outlasts the call that began it."""

    def begin(self) -> None: ...
    def completed(self, result: object = None) -> None: ...
    def failed(self, error: BaseException) -> None: ...

@final
class Wrapped:
    """What stands in a decorated function's place."""

    __wrapped__: Callable[..., Any]
    __bongsu__: tuple[Callable[..., Any], str, dict[str, Any]]
    __qualname__: str
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

def wrap(function: Callable[..., Any], task: Task, driver: Callable[..., Any] | None = None) -> Wrapped: ...
def mask_rules(
    on: list[str],
    fields: list[str],
    allowed: list[str],
    prefixes: list[tuple[str, int]],
    finders: list[tuple[str, Callable[[str], list[tuple[int, int]]]]],
) -> None: ...
def mask_names() -> list[str]: ...
def json_text(value: object) -> str: ...
def scrub(values: dict[str, Any], text: str) -> str: ...
def mask_text(text: str) -> str: ...
