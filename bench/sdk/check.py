"""Whether a log holds each record exactly once."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

RECORD = re.compile(rb"req (\d+) user=bob")
WARM_UP = 900_000_000
"""Numbers of the records that warm up begin here, so that they are not taken for others."""


def records(path: str) -> Counter[int]:
    """In how many lines of a log and its older files, whose names begin as its own does, each number is.

    Some libraries write a message twice into one line of JSON.
    """
    found: Counter[int] = Counter()
    for file in glob.glob(glob.escape(path.removesuffix(".log").removesuffix("_rCURRENT")) + "*"):
        if os.path.isfile(file):
            for line in Path(file).read_bytes().splitlines():
                found.update({int(number) for number in RECORD.findall(line)})
    return found


def missing(found: Counter[int], count: int) -> int:
    """How many of the first `count` numbers are not there."""
    return sum(number not in found for number in range(count))


def wrong(path: str, count: int) -> dict[str, int]:
    """What is wrong with a log that has to hold each of the first `count` numbers once: how many are `missing`, how many `twice`."""
    found = records(path)
    return {"missing": missing(found, count), "twice": sum(times - 1 for times in found.values())}


def worst(rounds: Iterable[dict[str, int]]) -> str:
    """The worst of several rounds, in words; empty when nothing is wrong."""
    most = Counter[str]()
    for one in rounds:
        for what, number in one.items():
            most[what] = max(most[what], number)
    return ", ".join(f"{number:,} {what}" for what, number in most.items() if number)
