"""What `make faults` alone tries: it is slow, or needs rights that not everybody has."""

import os

import pytest

faults = pytest.mark.skipif("FAULTS" not in os.environ, reason="tried by `make faults` alone")
