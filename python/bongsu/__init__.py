"""bongsu: logging for Python programs.

>>> import bongsu
>>> bongsu.start(console=False)  # doctest: +SKIP
>>> log = bongsu.get_logger("movies")  # doctest: +SKIP
>>> log.info("%d films loaded", 20)  # doctest: +SKIP
"""

from bongsu._interpreter import require_main

require_main()

from bongsu._catch import catch
from bongsu._context import LogContext
from bongsu._core import BongsuError, Shipper, __version__
from bongsu._decorators import log_api_call, log_execution
from bongsu._face import Collapse, Limit, Logger, logger
from bongsu._fields import bind, contextualize, current_fields, propagate, unbind
from bongsu._handler import Handler
from bongsu._home import get_logger, get_performance_logger, log_performance, reload, shipper, shutdown, start
from bongsu._install import install, stats, uninstall
from bongsu._home import inherit as _inherit
from bongsu._instrument import instrument
from bongsu._mask import HIDDEN, mask, masked, reset_mask
from bongsu._peers import LoguruSink, StructlogProcessor

__all__ = [
    "BongsuError",
    "Collapse",
    "HIDDEN",
    "Handler",
    "Limit",
    "LogContext",
    "Logger",
    "LoguruSink",
    "Shipper",
    "StructlogProcessor",
    "__version__",
    "bind",
    "catch",
    "contextualize",
    "current_fields",
    "get_logger",
    "get_performance_logger",
    "install",
    "instrument",
    "log_api_call",
    "log_execution",
    "log_performance",
    "logger",
    "mask",
    "masked",
    "propagate",
    "reload",
    "reset_mask",
    "shipper",
    "shutdown",
    "start",
    "stats",
    "unbind",
    "uninstall",
]

_inherit()
