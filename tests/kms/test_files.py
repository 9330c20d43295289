"""Keys as files: for their owner alone, one for all processes that begin at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.kms import FileKms, KeyUnreachable, Kms
from tests.kms.conformance import KmsConformance, later

__all__ = ["later"]


class TestFiles(KmsConformance):
    @pytest.fixture
    def kms(self, tmp_path: Path) -> Kms:
        return FileKms(tmp_path / "keys")

    @pytest.fixture
    def other(self, tmp_path: Path) -> Kms:
        return FileKms(tmp_path / "keys")


def test_processes_that_begin_at_once_have_one_secret(tmp_path: Path) -> None:
    rings = [FileKms(tmp_path / "keys") for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        macs = set(pool.map(lambda kms: kms.mac("index", b"+84912345678"), rings))

    assert len(macs) == 1
    assert FileKms(tmp_path / "keys").mac("index", b"+84912345678") in macs


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    kms = FileKms(tmp_path / "keys")
    kms.mac("index", b"")
    kms.create("ed25519")

    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_secret_that_is_damaged_is_named_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "short.secret").write_bytes(b"short")
    (tmp_path / "folder.secret").mkdir()

    for name in ("short", "folder"):
        with pytest.raises(KeyUnreachable, match=name):
            FileKms(tmp_path).mac(name, b"")
