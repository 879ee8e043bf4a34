"""Processes: forks, `multiprocessing`, the end of an interpreter and interpreters inside an interpreter."""

from __future__ import annotations

import collections
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bongsu
from conftest import run

FORKS = int(os.environ.get("BONGSU_FORKS", "60"))
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def messages(path: Path) -> list[str]:
    """The messages of a file of the log home, older ones first."""
    older = sorted(path.parent.glob(path.name + ".[0-9]*"), key=lambda one: -int(one.suffix[1:]))
    text = "".join(one.read_text(encoding="utf-8") for one in (*older, path))
    assert "\0" not in text
    lines = text.splitlines()
    assert [line for line in lines if " | " not in line] == []
    return [line.split(" | ", 1)[1] for line in lines]


def once_each(said: list[str], expected: list[str]) -> None:
    """What was said is what was expected, each once: what differs is shown, not all of it."""
    more = collections.Counter(said)
    more.subtract(expected)
    assert {line: count for line, count in more.items() if count} == {}


@needs_fork
def test_forks_while_a_thread_logs_hang_no_child_and_lose_nothing(tmp_path: Path) -> None:
    code = """
import os, signal, sys, threading, time
import bongsu
bongsu.start(sys.argv[1])
log = bongsu.get_logger('forks')
forks, stop, written = int(sys.argv[2]), threading.Event(), 0
def work():
    global written
    while not stop.is_set():
        log.info('thread %d', written)
        written += 1
        if written % 50 == 0:
            time.sleep(0.001)  # a hung child must not fill the disk
thread = threading.Thread(target=work)
thread.start()
hung = 0
for number in range(forks):
    child = os.fork()
    if child == 0:
        for line in range(3):
            log.info('child %d %d', number, line)
        os._exit(0)
    deadline = time.monotonic() + 10
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            hung += 1
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.001)
stop.set()
thread.join()
print('hung', hung, 'written', written, file=sys.stderr)
"""
    done = run(code, str(tmp_path), str(FORKS), timeout=240)
    assert done.returncode == 0, done.stderr
    _, hung, _, written = done.stderr.splitlines()[-1].split()
    assert int(hung) == 0
    expected = [f"thread {number}" for number in range(int(written))]
    children = [f"child {number} {line}" for number in range(FORKS) for line in range(3)]
    once_each(messages(tmp_path / "app" / "forks.log"), expected + children)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path: Path, method: str) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        """
import multiprocessing, sys
import bongsu

def work(number):
    bongsu.start(sys.argv[1])
    log = bongsu.get_logger('pool')
    for line in range(200):
        log.info('worker %d line %d', number, line)
    return bongsu.stats()['fast'] > 0

if __name__ == '__main__':
    bongsu.start(sys.argv[1])
    bongsu.get_logger('pool').info('begin')
    with multiprocessing.get_context(sys.argv[2]).Pool(3) as pool:
        assert all(pool.map(work, range(6)))
        pool.close()
        pool.join()
    bongsu.get_logger('pool').info('end')
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    command = [sys.executable, str(script), str(tmp_path / "logs"), method]
    subprocess.run(command, timeout=120, check=True, env=environment, stdout=subprocess.DEVNULL)
    expected = [f"worker {number} line {line}" for number in range(6) for line in range(200)]
    once_each(messages(tmp_path / "logs/app/pool.log"), ["begin", *expected, "end"])


KILLED = """
import os, signal, sys
import bongsu
bongsu.start(sys.argv[1])
log = bongsu.get_logger('killed')
for number in range(10001):
    log.info('line %d', number)
os.kill(os.getpid(), getattr(signal, sys.argv[2]))
"""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_nothing_is_lost_when_a_program_is_killed(tmp_path: Path, name: str) -> None:
    done = run(KILLED, str(tmp_path), name)
    assert done.returncode == -getattr(signal, name)
    # The next start writes what was left.
    again = run("import bongsu, sys; bongsu.start(sys.argv[1]); bongsu.get_logger('killed').info('again')", str(tmp_path))
    assert again.returncode == 0, again.stderr
    once_each(messages(tmp_path / "app/killed.log"), [*(f"line {number}" for number in range(10001)), "again"])


@pytest.mark.parametrize("how", ["", "sys.exit(3)", "raise SystemExit", "1/0", "os._exit(0)"])
def test_nothing_is_lost_when_a_program_ends(tmp_path: Path, how: str) -> None:
    code = f"""
import os, sys
import bongsu
bongsu.start(sys.argv[1], console=False)
log = bongsu.get_logger('ends')
for number in range(1000):
    log.info('line %d', number)
{how}
"""
    run(code, str(tmp_path))
    # After `os._exit` nothing of the program could run any more: a later one writes what was left.
    run("import bongsu, sys; bongsu.start(sys.argv[1])", str(tmp_path))
    once_each(messages(tmp_path / "app/ends.log"), [f"line {number}" for number in range(1000)])


def test_threads_that_log_while_the_interpreter_ends(tmp_path: Path) -> None:
    code = """
import sys, threading, time
import bongsu
bongsu.start(sys.argv[1])
log = bongsu.get_logger('daemon')
def work():
    while True:
        log.info('busy')
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
class Late:
    def __del__(self):
        log.info('deleted')
late = Late()
time.sleep(0.2)
"""
    for _ in range(5):
        done = run(code, str(tmp_path))
        assert done.returncode == 0, done.stderr
    said = messages(tmp_path / "app/daemon.log")
    assert set(said) <= {"busy", "deleted"} and "busy" in said


def test_threads_in_decorated_functions_while_the_interpreter_ends(tmp_path: Path) -> None:
    code = """
import sys, threading, time
import bongsu
bongsu.start(sys.argv[1], console=False)
@bongsu.log_execution()
def work():
    while True:
        time.sleep(0.001)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""
    for _ in range(3):
        done = run(code, str(tmp_path))
        assert done.returncode == 0, done.stderr


def test_programs_that_share_a_file_and_rotate_it(tmp_path: Path) -> None:
    code = """
import sys, logging
import bongsu
bongsu.install()
log = logging.getLogger('shared')
log.propagate = False
log.setLevel(logging.INFO)
log.addHandler(bongsu.Handler(sys.argv[1], layout='component', rotation=64 * 1024, retention=1000))
for number in range(2000):
    log.info('program %s line %d', sys.argv[2], number)
"""
    path = tmp_path / "shared.log"
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    programs = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number)], env=environment) for number in range(8)
    ]
    assert [program.wait(120) for program in programs] == [0] * 8
    assert len(list(tmp_path.glob("shared.log.*"))) > 5
    once_each(messages(path), [f"program {program} line {line}" for program in range(8) for line in range(2000)])


def test_a_file_that_is_moved_away_is_made_anew(tmp_path: Path) -> None:
    bongsu.start(tmp_path / "logs", console=False)
    log = bongsu.get_logger("moved")
    path = tmp_path / "logs/app/moved.log"
    log.info("before")
    deadline = time.monotonic() + 5
    while not path.read_text().endswith("before\n") and time.monotonic() < deadline:
        time.sleep(0.01)
    path.rename(tmp_path / "moved.old")
    log.info("after")
    bongsu.shutdown()
    bongsu.uninstall()
    assert (tmp_path / "moved.old").read_text().endswith("| before\n")
    assert path.read_text().endswith("| after\n") and path.read_text().count("\n") == 1


def test_a_line_is_in_its_file_within_a_tenth_of_a_second(tmp_path: Path) -> None:
    bongsu.start(tmp_path / "logs", console=False)
    log = bongsu.get_logger("quick")
    path = tmp_path / "logs/app/quick.log"
    late = []
    for number in range(15):
        log.info("line %d", number)
        begun = time.monotonic()
        while not (path.exists() and path.read_text().endswith(f"line {number}\n")) and time.monotonic() - begun < 5:
            time.sleep(0.001)
        late.append(time.monotonic() - begun)
    bongsu.shutdown()
    bongsu.uninstall()
    assert sorted(late)[7] < 0.1


def test_an_interpreter_inside_the_interpreter_is_told_clearly(tmp_path: Path) -> None:
    code = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import bongsu
bongsu.start(sys.argv[1])
inner = interpreters.create()
said = interpreters.run_string(inner, '''
try:
    import bongsu
except ImportError as error:
    import os
    os.write(1, f"declined: {error}".encode())
else:
    raise SystemExit("imported")
''')
interpreters.destroy(inner)
bongsu.get_logger('outer').info('still here')
"""
    done = run(code, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "declined: bongsu works in a process's main interpreter" in done.stdout
    assert messages(tmp_path / "app/outer.log") == ["still here"]


def test_a_program_that_closes_all_descriptors_loses_nothing_and_writes_to_no_file_of_its_own(tmp_path: Path) -> None:
    """Daemons do so when they begin; files that are opened later have the numbers that ours had."""
    code = """
import logging, os, sys
import bongsu
bongsu.start(sys.argv[1], console=False)
log = bongsu.get_logger('daemon')
for number in range(100):
    log.info('%d', number)
os.closerange(3, 256)
own = [os.open(os.path.join(sys.argv[1], f'own{number}'), os.O_RDWR | os.O_CREAT) for number in range(40)]
for number in range(100, 200):
    log.info('%d', number)
bongsu.shutdown()
print([os.fstat(one).st_size for one in own if os.fstat(one).st_size])
"""
    ended = run(code, str(tmp_path))
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
    once_each(messages(tmp_path / "app" / "daemon.log"), [str(number) for number in range(200)])


def test_a_short_program_takes_in_what_a_killed_one_left(tmp_path: Path) -> None:
    code = """
import logging, os, signal, sys
import bongsu
log = logging.getLogger('job')
log.addHandler(bongsu.Handler(sys.argv[1], layout='component'))
for number in range(int(sys.argv[2])):
    log.warning('%d', number)
os.kill(os.getpid(), signal.SIGKILL) if sys.argv[2] != '0' else None
"""
    file = tmp_path / "job.log"
    run(code, str(file), "1000")
    run(code, str(file), "0")
    once_each(messages(file), [str(number) for number in range(1000)])
