"""The runner of public vectors says so when a case goes wrong, and when it knows none."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from backend.transparency import merkle
from tests.conformance.__main__ import main


@pytest.mark.parametrize(("is_wrong", "code"), [(False, 0), (True, 1)])
def test_a_case_that_goes_wrong_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_wrong: bool, code: int
) -> None:
    leaf = b64encode(merkle.leaf_hash(b"")).decode()
    case = {"leafIdx": 0, "treeSize": 1, "leafHash": leaf, "root": leaf, "proof": None}
    (tmp_path / "case.json").write_text(json.dumps({**case, "wantErr": is_wrong}))

    assert main(tmp_path) == code
    printed = capsys.readouterr().out
    assert ("MISMATCH" in printed) == is_wrong
    assert "Wycheproof JWS               absent" in printed


def test_a_folder_of_nothing_known_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")

    assert main(tmp_path) == 2
