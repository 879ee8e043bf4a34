"""What the guides in `docs/python` say is run, and what they show is compared; both languages show the same."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import bongsu
from guide_blocks import Block, Program, blocks_of, matches, programs_of

FOLDER = Path(__file__).parents[2] / "docs" / "python"
GUIDES = sorted(FOLDER.rglob("*.md"))
EXAMPLES = FOLDER / "examples"
MARK = "\x1e"

PROGRAMS = [
    pytest.param(guide, program, id=f"{guide.relative_to(FOLDER)}:{program.line}")
    for guide in GUIDES
    for program in programs_of(guide)
]


@pytest.mark.parametrize(("guide", "program"), PROGRAMS)
def test_the_blocks_of_a_guide_do_what_it_says(guide: Path, program: Program, tmp_path: Path) -> None:
    for package in program.needs:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{guide.name} needs {package}, which is not installed")
    if guide.is_relative_to(EXAMPLES):
        shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    code = [block for block in program.blocks if block.language == "python" and not block.option("file")]
    for block in program.blocks:
        if (name := block.option("file")) is not None:
            (tmp_path / name).write_text(block.code, encoding="utf-8")
    printed: dict[int, str] = {}
    if code:
        mark = f"\nif __name__ == '__main__':\n    print({MARK!r}, flush=True)\n"
        (tmp_path / "program.py").write_text("".join(block.code + mark for block in code), encoding="utf-8")
        parts = run([sys.executable, "program.py"], tmp_path).split(f"{MARK}\n")
        assert len(parts) == len(code) + 1
        printed = {block.line: part for block, part in zip(code, parts, strict=False)}
    before: Block | None = None
    for block in program.blocks:
        if block.language == "sh":
            printed[block.line] = "".join(shell(line, tmp_path) for line in block.code.splitlines())
        if block.language == "text" and block.words[0] == "out":
            assert before is not None
            assert_same(guide, block, printed[before.line])
        elif block.language == "text":
            assert_same(guide, block, (tmp_path / block.words[0]).read_text(encoding="utf-8"))
        else:
            before = block


def assert_same(guide: Path, block: Block, found: str) -> None:
    """Fails with both texts where they differ."""
    assert matches(block.code, found), f"{guide.name}:{block.line} shows\n{block.code}\nbut there is\n{found}"


def run(command: list[str], folder: Path, status: int | None = 0) -> str:
    """What a command prints in a folder, with a log home of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BONGSU_", "PYTHON"))}
    environment |= {"PYTHONPATH": str(Path(bongsu.__file__).parent.parent), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done.stdout


def shell(line: str, folder: Path) -> str:
    """Runs one line of a shell block."""
    command = shlex.split(line, comments=True)
    program = {"python": [sys.executable], "cat": [sys.executable, "-c", CAT]}[command[0]]
    return run([*program, *command[1:]], folder, None if line.endswith("# killed") else 0)


CAT = "import sys; [sys.stdout.write(open(path, encoding='utf-8').read()) for path in sys.argv[1:]]"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda one: str(one.relative_to(FOLDER)))
def test_what_a_guide_shows_as_a_difference_is_one(guide: Path) -> None:
    for block in blocks_of(guide):
        if block.language == "diff":
            before, after = ((guide.parent / name).read_text(encoding="utf-8").splitlines() for name in block.words)
            assert changed(block.code.splitlines()) == changed(difflib.ndiff(before, after))


def changed(lines: Iterable[str]) -> list[str]:
    """Lines that one side of a difference has alone, in any layout."""
    return sorted(line[0] + line[1:].strip() for line in lines if line[:1] in ("+", "-") and line[1:].strip())


@pytest.mark.parametrize("guide", GUIDES, ids=lambda one: str(one.relative_to(FOLDER)))
def test_links_of_a_guide_lead_somewhere(guide: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose_of(guide)):
        file, _, heading = link.partition("#")
        target = guide.parent / file if file else guide
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def anchors(guide: Path) -> list[str]:
    """What headings are called in links."""
    headings = [line.lstrip("# ").lower() for line in prose_of(guide).splitlines() if line.startswith("#")]
    return [re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings]


def prose_of(guide: Path) -> str:
    """A guide without its blocks."""
    return re.sub(r"^```.*?^```", "", guide.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


ENGLISH = [one for one in GUIDES if not one.name.endswith(".ko.md")]


@pytest.mark.parametrize("guide", ENGLISH, ids=lambda one: str(one.relative_to(FOLDER)))
def test_both_languages_show_the_same(guide: Path) -> None:
    korean = guide.with_name(guide.name.removesuffix(".md") + ".ko.md")
    assert outline(korean) == outline(guide)


def outline(guide: Path) -> list[str]:
    """Headings by their depth, tables by their rows, and code without its comments and texts."""
    found: list[str] = []
    for block in blocks_of(guide):
        found.append(" ".join([block.language, *block.words]))
        if block.language == "python":
            found += [line for line in re.sub(r"#.*|\"[^\"]*\"|'[^']*'", "", block.code).splitlines() if line.strip()]
    prose = prose_of(guide)
    found += [line.split()[0] for line in prose.splitlines() if line.startswith("#")]
    found.append(f"{sum(line.startswith('|') for line in prose.splitlines())} rows")
    return found
