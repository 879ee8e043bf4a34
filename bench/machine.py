"""What the figures were measured on."""

import os
import platform
import re
from dataclasses import asdict, dataclass
from pathlib import Path

BUSY = 0.3
"""Load from which a machine's figures are not to be quoted."""


@dataclass(frozen=True)
class Machine:
    """The machine, and what else it was doing when the run began."""

    cpu: str
    cores: int
    memory_mib: int
    kernel: str
    python: str
    load: float

    def line(self) -> str:
        """For people."""
        return (
            f"machine: {self.cores} x {self.cpu}, {self.memory_mib:,} MiB, Linux {self.kernel}, "
            f"Python {self.python}, load {self.load:.2f}"
        )

    def document(self) -> dict[str, object]:
        """For programs."""
        return asdict(self)

    @property
    def busy(self) -> bool:
        """Whether other work would disturb the figures."""
        return self.load > BUSY


def machine() -> Machine:
    """This one."""
    return Machine(
        cpu=_found("/proc/cpuinfo", r"model name\s*: (.*)") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_mib=int(_found("/proc/meminfo", r"MemTotal:\s+(\d+)") or 0) // 1024,
        kernel=platform.release(),
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )


def _found(file: str, pattern: str) -> str | None:
    found = re.search(pattern, Path(file).read_text(encoding="utf-8", errors="replace"))
    return found[1].strip() if found else None
