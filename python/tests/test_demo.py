"""The demonstration's pipeline: what it promises, and that its twin in Rust leaves the same log home."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

AT = "2026-05-12T00:00:00Z"


def play(home: Path, seed: int = 7) -> dict[str, int]:
    command = [sys.executable, "-m", "bongsu.demo", "--logs", str(home), "--seed", str(seed), "--at", AT]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == ""
    return json.loads(ran.stdout)


def logs(home: Path) -> dict[str, list[str]]:
    """The lines of each file, without the function and the line of code: Python and Rust have their own."""
    place = re.compile(r"(?<=^.{46}).{20,}? L *\d+ (?=\| )")
    files = sorted(path for path in home.rglob("*.log") if ".bongsu" not in path.parts)
    return {
        str(path.relative_to(home)): [place.sub("", line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in files
    }


def test_the_home_holds_what_the_guide_promises(tmp_path: Path) -> None:
    told, files = play(tmp_path), logs(tmp_path)
    assert list(files) == [
        "app/application.log",
        "app/system.log",
        "app/test_api.log",
        "app/test_data.log",
        "error/error.log",
        "performance/test_data_performance.log",
        "performance/test_performance.log",
    ]
    assert told["checked"] == 1000
    assert told["records"] == len(files["app/application.log"])
    api = "\n".join(files["app/test_api.log"])
    for scenario in ("successful_call", "timeout_call", "failed_call", "rate_limited"):
        assert scenario in api
    performance = "\n".join(files["performance/test_performance.log"])
    for operation in ("data_processing", "api_call", "database_query"):
        assert f" | {operation} completed in " in performance
    assert sum("/1000 records checked" in line for line in files["app/test_data.log"]) == 10
    warned = any("Data quality is low" in line for line in files["app/test_data.log"])
    assert warned == (told["valid"] < 850)


def test_a_seed_decides_everything(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        play(tmp_path / name, seed)
    one, same, other = (logs(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert one != other


@pytest.mark.skipif("BONGSU" not in os.environ, reason="BONGSU does not name the binary")
def test_python_and_rust_leave_the_same_home(tmp_path: Path) -> None:
    def demo(name: str, path: str) -> str:
        command = [os.environ["BONGSU"], "--data", str(tmp_path / name / "data"), "demo", "--fast", "--at", AT]
        home = str(tmp_path / name / "logs")
        environment = {"PATH": path, "LANG": "C.UTF-8"}
        return subprocess.run(
            [*command, "--logs", home], env=environment, capture_output=True, text=True, timeout=120, check=True
        ).stdout

    assert "SDK for Python" in demo("python", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert "SDK for Rust" in demo("rust", "/nonexistent")
    python, rust = logs(tmp_path / "python/logs"), logs(tmp_path / "rust/logs")
    assert list(python) == list(rust)
    for name, lines in rust.items():
        told = [line for line in python[name] if "Error traceback" not in line and line.startswith("[")]
        assert told == [line for line in lines if "Error traceback" not in line], name
