"""What `Handler` refuses, and how it says what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bongsu


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"rotation": 0}, "rotation=0: expected bytes from 1 on"),
        ({"rotation": -1}, "rotation=-1: expected bytes"),
        ({"rotation": 1.5}, "rotation=1.5: expected bytes"),
        ({"rotation": True}, "rotation=True: expected bytes"),
        ({"rotation": 10**30}, "expected bytes from 1 on, a size such as '10 MiB'"),
        ({"retention": -1}, "retention=-1: expected a number of files"),
        ({"retention": [5]}, r"retention=\[5\]: expected a number of files"),
        ({"layout": "detaild"}, "unknown layout `detaild`: expected detailed, simple"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_takes(given: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(bongsu.BongsuError, match=named):
        bongsu.Handler(tmp_path / "x.log", **given)


def test_numbers_and_words_are_taken(tmp_path: Path) -> None:
    for given in ({"rotation": 1}, {"rotation": "never"}, {"retention": 0}, {"retention": "all"}, {"layout": "{message}"}):
        bongsu.Handler(tmp_path / f"{list(given)[0]}-{list(given.values())[0]}.log", **given).close()  # type: ignore[arg-type]
