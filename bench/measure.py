"""CPU, memory, disk and wall time of a process, as the kernel accounts them (Linux)."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WARM_UP = 2
"""Runs before the counted ones."""

CALM = 0.05
"""Seconds left to a process to finish what it does behind an answer, before its clock is read."""


def process_clock(pid: int) -> int:
    """The kernel's number for the CPU clock of a whole process.

    It counts the scheduler's nanoseconds of every thread, those that have ended included. The files
    `/proc/PID/task/*/schedstat` hold the same numbers, but only of the threads that still live, and `/proc/PID/stat`
    counts in ticks of 10 ms. The formula is the one behind `clock_getcpuclockid` in the C library.
    """
    return (~pid << 3) | 2


def cpu_seconds(pid: int) -> float:
    """CPU time of a living process since it began."""
    return time.clock_gettime_ns(process_clock(pid)) / 1e9


def peak_bytes(pid: int) -> int:
    """The most memory that the process had resident."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> None:
    """Lets `peak_bytes` begin anew; where the kernel does not allow that, it goes on from the old peak."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def folder_bytes(folder: Path) -> int:
    """Size of all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for top, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(top, name)).st_size
            except FileNotFoundError:
                continue
    return total


@dataclass(frozen=True)
class Timing:
    """What one query costs."""

    cpu_ms: float
    """Mean over the rounds."""
    wall_ms: float
    """Median over the rounds."""
    rounds: int


def timing(run: Callable[[], float | None], cpu: Callable[[], float], rounds: int) -> Timing:
    """Runs warm, then `rounds` times.

    `cpu` gives the CPU seconds used so far. Where every run is a process of its own, `run` may return its CPU seconds
    instead, and `cpu` is not asked.
    """
    for _ in range(WARM_UP):
        run()
    time.sleep(CALM)
    own, walls, before = [], [], cpu()
    for _ in range(rounds):
        began = time.perf_counter()
        own.append(run())
        walls.append(time.perf_counter() - began)
    time.sleep(CALM)
    used = sum(own) if own[0] is not None else cpu() - before
    return Timing(cpu_ms=used * 1e3 / rounds, wall_ms=statistics.median(walls) * 1e3, rounds=rounds)


@dataclass(frozen=True)
class Quiet:
    """When a process counts as settled."""

    window: float
    """Seconds of idleness that are waited for."""
    most: float
    """Seconds after which waiting ends in any case."""
    busy: float = 0.02
    """Share of a core that an idle process may use."""


def wait_until_quiet(
    cpu: Callable[[], float], quiet: Quiet, settled: Callable[[], bool] = lambda: True, step: float = 0.5
) -> bool:
    """Waits until the process was idle for the whole window and `settled` agrees; whether that came to pass."""
    began = idle_since = time.monotonic()
    last_time, last_cpu = began, cpu()
    while time.monotonic() - began < quiet.most:
        time.sleep(step)
        now, used = time.monotonic(), cpu()
        if used - last_cpu > quiet.busy * (now - last_time):
            idle_since = now
        last_time, last_cpu = now, used
        if now - idle_since >= quiet.window and settled():
            return True
    return False
