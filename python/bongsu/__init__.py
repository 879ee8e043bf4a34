"""bongsu: logging for Python programs.

>>> import bongsu
>>> bongsu.start(console=False)  # doctest: +SKIP
>>> log = bongsu.get_logger("movies")  # doctest: +SKIP
>>> log.info("%d films loaded", 20)  # doctest: +SKIP
"""

from bongsu._core import BongsuError, __version__
from bongsu._handler import Handler
from bongsu._home import get_logger, get_performance_logger, log_performance, shutdown, start
from bongsu._install import install, stats, uninstall

__all__ = [
    "BongsuError",
    "Handler",
    "__version__",
    "get_logger",
    "get_performance_logger",
    "install",
    "log_performance",
    "shutdown",
    "start",
    "stats",
    "uninstall",
]
