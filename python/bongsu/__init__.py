"""bongsu: logging for Python programs.

>>> import bongsu
>>> bongsu.__version__.count(".")
2
"""

from bongsu._core import __version__

__all__ = [
    "__version__",
]
