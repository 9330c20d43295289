"""What `tinhs check PACKAGE` finds in the files of a module."""

from pathlib import Path

import pytest

from backend.host.walls import crossing_imports
from backend.kernel import Module

SHOP = Module(name="shop", package="shop")
NEIGHBOURS = ("modules.feedback", "shop", "backend.identity")


@pytest.mark.parametrize(
    "planted",
    [
        "import asyncpg",
        "from jwt import decode",
        "from backend.host.registry import discover",
        "from backend import gateway",
        "from modules.feedback.model import Report",
        "def f():\n    import modules.feedback",
    ],
)
def test_an_import_across_a_wall_is_named_with_its_line(tmp_path: Path, planted: str) -> None:
    (tmp_path / "model.py").write_text(f"import msgspec\n{planted}\n")

    (found,) = crossing_imports(SHOP, tmp_path, NEIGHBOURS)

    assert found.startswith(f"model.py:{1 + planted.count(chr(10)) + 1} imports ")


def test_the_kernel_the_contracts_and_itself_are_open(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from backend.kernel import Module\nfrom contracts.page import Page\n"
        "from shop.errors import Closed\nfrom . import errors\nimport modules_of_mine\n"
    )

    assert not list(crossing_imports(SHOP, tmp_path, NEIGHBOURS))
