"""The rows of the table, and what has to be installed for them."""

from __future__ import annotations

import ours
import peers
from library import Library

OURS = "bongsu"
BASE = "logging"

LIBRARIES: dict[str, type[Library]] = {
    "bongsu": ours.Installed,
    "bongsu home": ours.Home,
    "bongsu.logger": ours.Face,
    "bongsu.Handler": ours.Handler,
    "loguru to bongsu": ours.LoguruSink,
    "structlog to bongsu": ours.StructlogProcessor,
    "logging": peers.Logging,
    "loguru": peers.Loguru,
    "loguru enqueue": peers.LoguruQueue,
    "logbook": peers.Logbook,
    "structlog": peers.Structlog,
    "picologging": peers.Picologging,
    "logxide": peers.Logxide,
    "nexuslog": peers.Nexuslog,
}
PACKAGES = {
    "loguru": "loguru",
    "logbook": "logbook",
    "structlog": "structlog",
    "picologging": "picologging",
    # Older ones, which is all that there is for Python 3.11, are another library under this name.
    "logxide": "logxide>=0.3",
    "nexuslog": "nexuslog",
}
"""What pip is asked for, by the name that a row has in it."""


def packages_of(library: str) -> list[str]:
    """The packages that a row needs."""
    needed = [package for package in PACKAGES if package in library.split()]
    return needed + ([OURS] if OURS in library.replace(".", " ").split() else [])


def lacking(library: str, case: str) -> str:
    """Why a library has no such case; empty when it has."""
    return LIBRARIES[library].lacks.get(case, "")
