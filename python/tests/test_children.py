"""Children of `multiprocessing` that are spawned: they go on in the log home of their parent without a word."""

from __future__ import annotations

import json
import logging
import multiprocessing
import multiprocessing.spawn
import os
import pickle
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import bongsu
from bongsu import _children
from conftest import run

METHODS = [method for method in ("spawn", "forkserver") if method in multiprocessing.get_all_start_methods()]


def program(folder: Path, source: str, *args: str, name: str = "program.py") -> str:
    (folder / name).write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, name, *args], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def messages(path: Path) -> list[str]:
    return [line.split(" | ", 1)[1] for line in path.read_text(encoding="utf-8").splitlines()]


# A program whose main module imports bongsu where children do not come, if at all.
GUARDED = """
import logging, multiprocessing, sys

def work(number):
    logging.getLogger('library').info('library %d', number)

if __name__ == '__main__':
    if sys.argv[1:]:
        import bongsu
        bongsu.start('logs', console=False)
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(2) as pool:
            pool.map(work, range(3))
            pool.close()
            pool.join()
"""


@pytest.mark.parametrize("args", [["program.py", "start"], ["-m", "bongsu.run", "program.py"]])
def test_children_that_do_not_import_bongsu_themselves(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(GUARDED)
    environment = {**os.environ, "PYTHONPATH": str(Path(bongsu.__file__).parent.parent)}
    done = subprocess.run([sys.executable, *args], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = [text for text in messages(tmp_path / "logs/app/application.log") if text.startswith("library")]
    methods = len(multiprocessing.get_all_start_methods())
    assert sorted(written) == sorted(f"library {number}" for number in range(3) for _ in range(methods))


def test_a_child_without_the_package_goes_on(tmp_path: Path) -> None:
    bongsu.start(tmp_path / "logs", console=False)
    try:
        prepared = pickle.dumps(multiprocessing.spawn.get_preparation_data("name")["_bongsu_inherited"])
    finally:
        bongsu.shutdown()
        bongsu.uninstall()
    code = f"import pickle, sys; sys.modules['bongsu'] = None; pickle.loads({prepared!r}); print('goes on')"
    assert run(code).stdout == "goes on\n"


CHILDREN = """
import concurrent.futures, logging, multiprocessing, sys
import bongsu

def work(number):
    logging.getLogger('library').info('library %d', number)
    bongsu.get_logger('jobs').info('job %d', number)

def grandchild(number):
    child = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(number,))
    child.start()
    child.join()

if __name__ == '__main__':
    bongsu.start('elsewhere', console=False, config={'component': {'layout': '{level} | {message}'}})
    context = multiprocessing.get_context(sys.argv[1])
    child = context.Process(target=work, args=(1,))
    child.start()
    child.join()
    with context.Pool(2) as pool:
        pool.map(work, [2, 3])
        pool.close()
        pool.join()
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(work, 4).result()
    child = context.Process(target=grandchild, args=(5,))
    child.start()
    child.join()
"""


@pytest.mark.parametrize("method", METHODS)
def test_children_write_into_the_log_home_of_their_parent(tmp_path: Path, method: str) -> None:
    program(tmp_path, CHILDREN, method)
    assert not (tmp_path / "logs").exists()
    lines = (tmp_path / "elsewhere/app/jobs.log").read_text().splitlines()
    assert sorted(lines) == [f"INFO | job {number}" for number in range(1, 6)], "with the configuration of the parent"
    application = messages(tmp_path / "elsewhere/app/application.log")
    assert sorted(line for line in application if line.startswith("library")) == [f"library {n}" for n in range(1, 6)]
    system = (tmp_path / "elsewhere/app/system.log").read_text().splitlines()
    assert system == ["INFO | Logging started", "INFO | Logging stopped"], "a child tells of no start, as that of a fork"


@pytest.mark.parametrize("method", METHODS)
def test_what_a_child_logs_while_it_is_being_prepared_goes_there_too(tmp_path: Path, method: str) -> None:
    (tmp_path / "worker.py").write_text(
        "import bongsu\nlog = bongsu.get_logger('imported')\nlog.info('imported')\n\ndef work():\n    log.info('worked')\n"
    )
    source = """
import multiprocessing, sys
import bongsu

if __name__ == '__main__':
    bongsu.start('elsewhere', console=False)
    import worker
    child = multiprocessing.get_context(sys.argv[1]).Process(target=worker.work)
    child.start()
    child.join()
"""
    program(tmp_path, source, method)
    assert not (tmp_path / "logs").exists()
    assert messages(tmp_path / "elsewhere/app/imported.log") == ["imported", "imported", "worked"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", ["", "    "], ids=["at the top", "guarded"])
def test_a_child_may_start_again_in_the_same_home_and_in_another(tmp_path: Path, method: str, place: str) -> None:
    source = """
import multiprocessing, sys
import bongsu

def work(home):
    bongsu.start(home, console=False)
    bongsu.get_logger('jobs').info('in %s', home)

# top
if __name__ == '__main__':
# guarded
    context = multiprocessing.get_context(sys.argv[1])
    for home in ('elsewhere', 'third'):
        child = context.Process(target=work, args=(home,))
        child.start()
        child.join()
        assert child.exitcode == 0
"""
    (tmp_path / "own.toml").write_text("mode = 'auto'\n")
    start = f"{place}bongsu.start('elsewhere', console=False, config='own.toml')"
    program(tmp_path, source.replace("# guarded" if place else "# top", start), method)
    assert messages(tmp_path / "elsewhere/app/jobs.log") == ["in elsewhere"]
    assert messages(tmp_path / "third/app/jobs.log") == ["in third"]
    assert messages(tmp_path / "third/app/system.log")[0] == "Logging started"


@pytest.mark.parametrize("method", METHODS)
def test_after_the_end_children_are_on_their_own(tmp_path: Path, method: str) -> None:
    source = """
import multiprocessing, sys
import bongsu

def work():
    bongsu.get_logger('jobs').info('on its own')

if __name__ == '__main__':
    bongsu.start('elsewhere', console=False)
    bongsu.shutdown()
    child = multiprocessing.get_context(sys.argv[1]).Process(target=work)
    child.start()
    child.join()
"""
    program(tmp_path, source, method)
    assert messages(tmp_path / "logs/app/jobs.log") == ["on its own"]


LOKY = """
import logging, multiprocessing, os
from joblib import Parallel, delayed
from joblib.externals.loky import ProcessPoolExecutor, get_reusable_executor
from joblib.externals.loky.backend.context import get_context
import bongsu
import jobs

def work(number):
    logging.getLogger('library').info('library %d', number)
    return os.getpid()

if __name__ == '__main__':
    early = ProcessPoolExecutor(1)
    early.submit(work, 90).result()
    bongsu.start('elsewhere', console=False, config={'component': {'layout': '{level} | {message}'}})
    pids = set(Parallel(n_jobs=2)(delayed(work)(number) for number in range(1, 5)))
    assert os.getpid() not in pids
    with ProcessPoolExecutor(1, context=get_context('loky_init_main')) as pool:
        pool.submit(work, 5).result()
        pool.submit(jobs.grandchild, 6).result()
    child = multiprocessing.get_context('spawn').Process(target=jobs.grandchild, args=(7,))
    child.start()
    child.join()
    early.submit(work, 91).result()
    early.shutdown()
    get_reusable_executor().shutdown()
    bongsu.shutdown()
    with ProcessPoolExecutor(1) as pool:
        pool.submit(work, 92).result()
"""

JOBS = """
import logging
from joblib.externals.loky import ProcessPoolExecutor

def work(number):
    logging.getLogger('library').info('library %d', number)

def grandchild(number):
    with ProcessPoolExecutor(1) as pool:
        pool.submit(work, number).result()
"""


def test_workers_of_joblib_and_loky_write_into_the_log_home_of_their_parent(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    program(tmp_path, LOKY)
    assert not (tmp_path / "logs").exists()
    said = messages(tmp_path / "elsewhere/app/application.log")
    numbers = sorted(line for line in said if line.startswith("library"))
    assert numbers == [f"library {number}" for number in range(1, 8)], "not those of workers that began before or behind it"
    system = (tmp_path / "elsewhere/app/system.log").read_text().splitlines()
    assert system == ["INFO | Logging started", "INFO | Logging stopped"]


def test_a_child_without_the_package_is_prepared_all_the_same(tmp_path: Path) -> None:
    content = {"home": "elsewhere"}
    _children.hand_down(content)
    try:
        data = pickle.dumps(multiprocessing.spawn.get_preparation_data("name")["_bongsu_inherited"])
    finally:
        _children.keep()
    code = f"""
import pickle, sys
sys.modules['bongsu'] = None
assert pickle.loads({data!r}) is None
import multiprocessing.process
print(multiprocessing.process._bongsu_inherited)
"""
    done = run(code)
    assert json.loads(done.stdout) == content, done.stderr


def test_only_a_worker_of_loky_imports_the_package_by_what_it_has_from_its_parent() -> None:
    content = {"home": "elsewhere"}
    _children.hand_down(content)
    try:
        given = vars(multiprocessing.current_process())["_config"]["_bongsu_inherited"]
        plain = pickle.dumps(given)
        loky: Any = types.SimpleNamespace(method="loky")
        multiprocessing.context.set_spawning_popen(loky)
        try:
            data = pickle.dumps(given)
        finally:
            multiprocessing.context.set_spawning_popen(None)
    finally:
        _children.keep()
    assert type(pickle.loads(plain)) is type(given)
    code = f"""
import pickle, sys
sys.modules['bongsu'] = None
assert pickle.loads({plain!r}) is False
pickle.loads({data!r})
import multiprocessing.process
print(multiprocessing.process._bongsu_inherited)
"""
    done = run(code)
    assert json.loads(done.stdout) == content, done.stderr


def test_what_cannot_be_handed_down_stays(tmp_path: Path) -> None:
    config: dict[str, Any] = {"version": 1, "disable_existing_loggers": False, "handlers": {"own": {"()": lambda: logging.NullHandler()}}}
    bongsu.start(tmp_path / "logs", console=False, config=config)
    try:
        content = json.loads(vars(_children)["_handed"])
        assert content["home"] == str(tmp_path / "logs") and content["config"] is None
    finally:
        bongsu.shutdown()
        bongsu.uninstall()


def test_nothing_is_left_of_it_after_the_end(tmp_path: Path) -> None:
    before = multiprocessing.spawn.get_preparation_data
    given = vars(multiprocessing.current_process())["_config"]
    bongsu.start(tmp_path / "logs", console=False)
    assert multiprocessing.spawn.get_preparation_data is not before
    assert "_bongsu_inherited" in given
    bongsu.shutdown()
    bongsu.uninstall()
    assert multiprocessing.spawn.get_preparation_data is before
    assert "_bongsu_inherited" not in given
