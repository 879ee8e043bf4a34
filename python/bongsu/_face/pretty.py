"""Tracebacks that show what the names in each line stood for, secrets hidden."""

from __future__ import annotations

import io
import keyword
import linecache
import os
import tokenize
from types import FrameType, TracebackType
from typing import Any

from bongsu import _core

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LONGEST = 128
_MOST_FRAMES = 100
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def pretty(value: BaseException, traceback: TracebackType | None) -> str:
    """The exception, those that led to it first, each line of source with the values that its names had.

    >>> def share(part, whole):
    ...     return part / whole
    >>> try:
    ...     share(1, 0)
    ... except ZeroDivisionError as error:
    ...     print(pretty(error, error.__traceback__).splitlines()[-1])
    ZeroDivisionError: division by zero
    """
    chain = _chain(value, traceback)
    text = "".join([reason + _one(error, frames) for error, frames, reason in reversed(chain)])
    # What is a secret by its name in one frame is none less where another one calls it `args`.
    for frame in [frame for _, frames, _ in chain for frame in _frames(frames)]:
        text = _core.scrub(dict(frame.f_locals), text)
    return text


def _frames(traceback: TracebackType | None) -> list[FrameType]:
    frames: list[FrameType] = []
    while traceback is not None and len(frames) < _MOST_FRAMES:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return frames


def _chain(
    value: BaseException, traceback: TracebackType | None
) -> list[tuple[BaseException, TracebackType | None, str]]:
    chain: list[tuple[BaseException, TracebackType | None, str]] = []
    seen: set[int] = set()
    error: BaseException | None = value
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        earlier, reason = error.__cause__, _CAUSE
        if earlier is None and not error.__suppress_context__:
            earlier, reason = error.__context__, _CONTEXT
        chain.append((error, traceback, reason if earlier is not None and id(earlier) not in seen else ""))
        error, traceback = earlier, earlier.__traceback__ if earlier is not None else None
    return chain


def _one(error: BaseException, traceback: TracebackType | None) -> str:
    lines = ["Traceback (most recent call last):\n"] if traceback is not None else []
    shown = 0
    while traceback is not None:
        shown += 1
        if shown <= _MOST_FRAMES:
            lines.append(_frame(traceback.tb_frame, traceback.tb_lineno, traceback.tb_next is None))
        traceback = traceback.tb_next
    if shown > _MOST_FRAMES:
        lines.append(f"\n  … {shown - _MOST_FRAMES} more frames\n")
    last = _core.format_exception((type(error), error, None))
    if last is None:
        last = f"{type(error).__qualname__}: {_text(error, str)}"
    lines.append(f"\n{last}\n")
    for member in getattr(error, "exceptions", ()):
        if isinstance(member, BaseException):
            lines.append("\n" + "".join(f"  | {line}\n" for line in pretty(member, member.__traceback__).splitlines()))
    return "".join(lines)


def _frame(frame: FrameType, line: int, last: bool) -> str:
    code = frame.f_code
    source = linecache.getline(code.co_filename, line, frame.f_globals).rstrip()
    text = f'\n{">" if last else " "} File "{code.co_filename}", line {line}, in {code.co_name}\n'
    stripped = source.strip()
    if not stripped:
        return text
    text += f"    {stripped}\n"
    values = [] if code.co_filename.startswith(_OWN) else _values(stripped, frame)
    for index in range(len(values) - 1, -1, -1):
        bars = ""
        for column, _ in values[:index]:
            bars = bars.ljust(column) + "│"
        column, shown = values[index]
        text += "    " + bars.ljust(column) + "└ " + shown.replace("\n", "\n    " + bars.ljust(column) + "  ") + "\n"
    return text


def _values(source: str, frame: FrameType) -> list[tuple[int, str]]:
    """Where in the line a name stands, and what it stood for."""
    found: list[tuple[int, str]] = []
    missing = object()
    value: Any = missing
    name, before = "", ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            word = token.string
            if token.type == tokenize.NAME and not keyword.iskeyword(word):
                if before == ".":
                    # Only what is stored: looking at a property would run the program's code.
                    value = missing if value is missing else getattr(value, "__dict__", {}).get(word, missing)
                    name = f"{name}.{word}"
                else:
                    name = word
                    value = frame.f_locals.get(word, frame.f_globals.get(word, missing))
                if value is not missing:
                    found.append((token.start[1], shown(name, value)))
            elif word != ".":
                value = missing
            before = word
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def shown(name: str, value: Any) -> str:
    """A value as tracebacks show it, one line of at most 128 characters.

    >>> shown("user", "kim"), shown("password", "hunter2")
    ("'kim'", '***HIDDEN***')
    """
    text = _text(value, repr)
    last = name.rpartition(".")[2]
    if _core.mask_text(f"{last}='x8Kq2mZp41'") != f"{last}='x8Kq2mZp41'":
        return _core.HIDDEN
    text = _core.mask_text(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _text(value: Any, how: Any) -> str:
    try:
        return str(how(value))
    except Exception as error:
        return f"<{type(value).__name__} whose {how.__name__}() failed: {type(error).__name__}>"
