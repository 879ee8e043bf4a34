"""Colours in templates and messages: `<green>text</green>`."""

from __future__ import annotations

import re
from functools import lru_cache

from bongsu._core import BongsuError

_STYLES = {
    "bold": 1, "b": 1, "dim": 2, "d": 2, "normal": 22, "n": 22, "italic": 3, "i": 3, "underline": 4, "u": 4,
    "strike": 9, "s": 9, "reverse": 7, "v": 7, "blink": 5, "l": 5, "hide": 8, "h": 8,
}  # fmt: skip
_COLOURS = {
    "black": 0, "k": 0, "red": 1, "r": 1, "green": 2, "g": 2, "yellow": 3, "y": 3,
    "blue": 4, "e": 4, "magenta": 5, "m": 5, "cyan": 6, "c": 6, "white": 7, "w": 7,
}  # fmt: skip
_TAG = re.compile(r"(\\?)</?((?:[fb]g\s)?[^<>\s]*)>")
_RESET = "\x1b[0m"


def code_of(tag: str) -> str | None:
    """The terminal's code for a tag; none when there is no such tag.

    >>> code_of("red"), code_of("light-blue"), code_of("RED"), code_of("bg #ff0000"), code_of("nothing")
    ('\\x1b[31m', '\\x1b[94m', '\\x1b[41m', '\\x1b[48;2;255;0;0m', None)
    """
    if tag in _STYLES:
        return f"\x1b[{_STYLES[tag]}m"
    ground, _, colour = tag.rpartition(" ")
    name = colour.lower()
    back = ground == "bg" or (not ground and colour.isupper() and not colour.startswith("#"))
    light = name.startswith(("light-", "l") if len(name) == 2 else "light-")
    plain = name.removeprefix("light-") if "-" in name else name[1:] if light else name
    if plain in _COLOURS:
        return f"\x1b[{_COLOURS[plain] + (40 if back else 30) + (60 if light else 0)}m"
    kind = 48 if back else 38
    if ground and name.isdigit() and int(name) < 256:
        return f"\x1b[{kind};5;{name}m"
    if ground and re.fullmatch(r"#[0-9a-f]{6}", name):
        return f"\x1b[{kind};2;{int(name[1:3], 16)};{int(name[3:5], 16)};{int(name[5:], 16)}m"
    return None


@lru_cache(maxsize=64)
def codes_of(tags: str) -> str:
    """The codes of a level's colour, such as `<red><bold>`."""
    return "".join(code_of(found[2]) or "" for found in _TAG.finditer(tags))


def render(text: str, colours: bool, level: str = "") -> str:
    """The text with the terminal's codes in the place of its tags, or without both.

    `<level>` is the colour of the record's level. What is no tag stays as it is; `\\<red>` is no tag.

    >>> render("<red>a</red> <b>", False), render("<red>a</red>", True)
    ('a <b>', '\\x1b[31ma\\x1b[0m')
    """
    open_tags: list[tuple[str, str]] = []

    def replaced(found: re.Match[str]) -> str:
        whole, tag = found[0], found[2]
        if found[1]:
            return whole[1:]
        if whole.startswith("</"):
            if not open_tags or (tag and tag != open_tags[-1][0]):
                return whole
            open_tags.pop()
            return _RESET + "".join(code for _, code in open_tags) if colours else ""
        code = level if tag in ("level", "lvl") else code_of(tag)
        if code is None or f"</{tag}>" not in text[found.end() :] and "</>" not in text[found.end() :]:
            return whole
        open_tags.append((tag, code))
        return code if colours else ""

    return _TAG.sub(replaced, text)


def checked_colour(colour: str) -> str:
    """The colour of a level, if there is such a one."""
    for found in _TAG.finditer(colour):
        if code_of(found[2]) is None:
            raise BongsuError(f"unknown colour {found[0]!r}: expected for example <red>, <light-blue>, <bold> or <fg #00ff00>")
    return colour
