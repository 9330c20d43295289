"""Programs of other people that judge our documents; a test says aloud when one is not there."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.identity.test_node_clients import judges

_NODE: Final = Path(__file__).parent / "node"


def program(name: str, package: str) -> str:
    """Return the path of a program, or leave the test out."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (apt-get install {package})")
    return found


def libraries_of_node() -> Path:
    """Return the folder in which npm has installed what judges documents."""
    return judges(_NODE)
