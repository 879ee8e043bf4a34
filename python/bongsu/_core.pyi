"""What the extension module offers to the package; programs use `bongsu` itself."""

__version__: str
