"""The package is there and is what it says it is."""

import bongsu


def test_the_version_has_three_parts() -> None:
    assert len(bongsu.__version__.split(".")) == 3
