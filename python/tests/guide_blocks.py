"""The code blocks of a guide, and how they are run.

A guide is a Markdown file. What stands behind a fence's language says what becomes of the block:

- ```` ```python ```` is run. The blocks of one program go to one file in their order; `new` begins another program, in a folder
  of its own. `needs=loguru` skips the program where that package is missing. `file=shop.py` makes a block, of whatever language,
  a file of the program's folder, which is not run by itself.
- ```` ```sh run ```` is run line by line in the program's folder, `python` being the interpreter of the tests; with `new` it
  begins another program. A line that ends in `# killed` does not end well.
- ```` ```text out ```` is what the block before it prints, ```` ```text logs/app/shop.log ```` what stands in that file when the
  program has ended.
- ```` ```diff before/shop.py after/shop.py ```` is how these two files of the guide's folder differ.

Times, durations, line numbers and folders differ from run to run and are not compared; a line `…` stands for any lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)[ \t]*([^\n]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

_CHANGING = [
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\[\d\d:\d\d:\d\d\]"), "[<time>]"),
    (re.compile(r"\d+\.\d{3}s"), "<duration>s"),
    (re.compile(r" L *\d+ \|"), " L <line> |"),
    (re.compile(r'File "[^"]*?([\w.<>-]+)", line \d+'), r'File "\1", line <line>'),
    (re.compile(r'"code\.file\.path":"[^"]*?([\w.<>-]+)"'), r'"code.file.path":"\1"'),
    (re.compile(r'"code\.line\.number":\d+'), '"code.line.number":<line>'),
    (re.compile(r"process '\d+'"), "process '<number>'"),
]


@dataclass
class Block:
    """One fenced block."""

    language: str
    words: list[str]
    code: str
    line: int

    @property
    def counts(self) -> bool:
        """Whether it is run or compared; any other is only to be read."""
        if self.option("file") is not None:
            return True
        if self.language == "sh":
            return "run" in self.words
        return self.language == "python" or (self.language == "text" and bool(self.words))

    def option(self, name: str) -> str | None:
        """The value of `name=value` behind the language."""
        return next((word.partition("=")[2] for word in self.words if word.startswith(f"{name}=")), None)


@dataclass
class Program:
    """Blocks that belong together, and the line where the first of them stands."""

    line: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def needs(self) -> list[str]:
        """Packages without which it cannot run."""
        return sorted({package for block in self.blocks if (package := block.option("needs"))})


def blocks_of(guide: Path) -> list[Block]:
    """All fenced blocks of a guide."""
    text = guide.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2].split(), found[3], text.count("\n", 0, found.start()) + 1) for found in _FENCE.finditer(text)
    ]


def programs_of(guide: Path) -> list[Program]:
    """The programs of a guide; blocks that are only to be read are left out."""
    programs: list[Program] = []
    for block in blocks_of(guide):
        if not block.counts:
            continue
        if not programs or "new" in block.words:
            programs.append(Program(block.line))
        programs[-1].blocks.append(block)
    return programs


def steady(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def matches(shown: str, found: str) -> bool:
    """Whether what a guide shows is what was found."""
    pattern = ""
    for line in steady(shown).split("\n"):
        pattern += r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line) + r"\n"
    return re.fullmatch(pattern, steady(found) + "\n") is not None
