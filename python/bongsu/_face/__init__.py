"""The face that Loguru's users know: `bongsu.logger`."""

from bongsu._face.logger import Logger, logger
from bongsu._face.quiet import Collapse, Limit

__all__ = ["Collapse", "Limit", "Logger", "logger"]
