"""What is hidden in all that is written."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bongsu import _check, _core
from bongsu._core import BongsuError

HIDDEN = _core.HIDDEN

Finder = Callable[[str], "list[tuple[int, int]]"]

_lock = threading.Lock()
_BUILT_IN = _core.mask_names()
_DEFAULT = [name for name in _BUILT_IN if name != "emails"]


class _Rules:
    """The rules that a configuration or a program has named so far."""

    def __init__(self, on: Iterable[str] = ()) -> None:
        self.on = set(on)
        self.off: set[str] = set()
        self.fields: list[str] = []
        self.allowed: list[str] = []
        self.prefixes: list[tuple[str, int]] = []
        self.finders: dict[str, Finder] = {}


_configured = _Rules(_DEFAULT)
_rules = _Rules()


def mask(
    *patterns: str | re.Pattern[str] | Finder,
    fields: Iterable[str] = (),
    allow: Iterable[str] = (),
    prefixes: Iterable[str] = (),
    on: Iterable[str] = (),
    off: Iterable[str] = (),
) -> None:
    """Adds to what is hidden in every message, field, error and traceback: it reads `***HIDDEN***`.

    Hidden without being asked for: what stands behind names such as `password`, `token`, `api_key` and `Authorization`, tokens
    of well-known issuers, `Bearer …`, passwords in addresses, private keys, numbers of payment cards and Korean resident
    registration numbers. Added are

    - `patterns`: regular expressions (of one with groups, only the first group is hidden), or functions that give the
      places `(start, end)` of secrets in a text;
    - `fields`: names whose values are secrets, whatever they are;
    - `prefixes`: beginnings of tokens, such as `"acme_"`; at least 16 letters and digits in all;
    - `on`, `off`: rules by name: `names`, `tokens`, `schemes`, `urls`, `private_keys`, `cards`, `residents`, `emails` (only
      the last is off at first);
    - `allow`: names that the rules would take for secrets and that are none.

    A function that fails hides the whole text. Calls add up; `reset_mask()` goes back to the beginning.

    >>> mask(r"EMP\\d{6}", fields=["pin"], on=["emails"])
    >>> masked("EMP004711 <kim@example.com> pin=1234 password=hunter2")
    '***HIDDEN*** <***HIDDEN***> pin=***HIDDEN*** password=***HIDDEN***'
    >>> reset_mask()
    """
    finders = {str(getattr(one, "pattern", one)): _finder(one) for one in patterns}
    names = _check.names("mask", "fields", fields, "pin")
    allowed = _check.names("mask", "allow", allow, "page_token")
    begins = [(begin, max(1, 16 - len(begin))) for begin in _check.names("mask", "prefixes", prefixes, "acme_")]
    turned_on, turned_off = _rule_names("on", on), _rule_names("off", off)
    with _lock:
        _rules.finders.update(finders)
        _rules.fields += names
        _rules.allowed += allowed
        _rules.prefixes += begins
        _rules.on = (_rules.on | set(turned_on)) - set(turned_off)
        _rules.off = (_rules.off - set(turned_on)) | set(turned_off)
        _apply()


def reset_mask() -> None:
    """Takes away what `mask` added; what a configuration says stays."""
    global _rules
    with _lock:
        _rules = _Rules()
        _apply()


def configure(mask: Mapping[str, Any] | None) -> None:
    """Takes the rules of a configuration in effect in place of those of the one before; without one, those that are on at first."""
    global _configured
    configured = _Rules(_DEFAULT)
    if mask is not None:
        configured.on = set(mask["rules"])
        configured.fields, configured.allowed = mask.get("fields", []), mask.get("except", [])
        for one in mask.get("prefixes", []):
            prefix = (one, 16) if isinstance(one, str) else (one["begin"], one["least"])
            configured.prefixes.append(prefix)
    with _lock:
        _configured = configured
        _apply()


def masked(text: str) -> str:
    """A text as it would be written.

    >>> masked("GET /films?api_key=k-1234&page=2")
    'GET /films?api_key=***HIDDEN***&page=2'
    """
    return _core.mask_text(text)


def _apply() -> None:
    below, own = _configured, _rules
    on = [name for name in _BUILT_IN if name in (below.on | own.on) - own.off]
    fields, allowed = below.fields + own.fields, below.allowed + own.allowed
    _core.mask_rules(on, fields, allowed, below.prefixes + own.prefixes, list(own.finders.items()))


def _rule_names(argument: str, given: Iterable[str]) -> list[str]:
    names = _check.names("mask", argument, given, "emails")
    for name in names:
        if name not in _BUILT_IN:
            raise BongsuError(f"mask({argument}=[{name!r}]): {argument} takes {', '.join(_BUILT_IN)}")
    return names


def _finder(pattern: str | re.Pattern[str] | Finder) -> Finder:
    if isinstance(pattern, str):
        try:
            pattern = re.compile(pattern)
        except re.error as error:
            raise BongsuError(f"mask({pattern!r}): not a regular expression: {error}") from None
    if isinstance(pattern, re.Pattern):
        if not isinstance(pattern.pattern, str):
            raise BongsuError(f"mask({pattern!r}): a pattern of text is needed, not one of bytes")
        found, group = pattern, min(1, pattern.groups)
        return lambda text: [place for match in found.finditer(text) if (place := match.span(group))[0] >= 0]
    if callable(pattern):
        return pattern
    raise BongsuError(
        f"mask({pattern!r}): patterns are regular expressions, or functions that give places (start, end) in a text"
    )
