"""Secret keys: made once, used by name, never given away."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.identity.kms import FileKms, KeyUnreachable, NotSealedHere


def test_what_was_sealed_opens_as_what_it_was_sealed_about(tmp_path: Path) -> None:
    kms = FileKms(tmp_path / "keys")
    sealed = kms.wrap("one", b"secret", about="a person's number")

    assert kms.unwrap("one", sealed, about="a person's number") == b"secret"
    assert b"secret" not in sealed
    assert kms.wrap("one", b"secret", about="a person's number") != sealed
    for key, raw, about in (
        ("one", sealed, "another person's number"),
        ("two", sealed, "a person's number"),
        ("one", sealed[:-1] + bytes([sealed[-1] ^ 1]), "a person's number"),
        ("one", sealed[:20], "a person's number"),
        ("one", b"", "a person's number"),
    ):
        with pytest.raises(NotSealedHere):
            kms.unwrap(key, raw, about=about)


def test_processes_that_begin_at_once_have_one_secret(tmp_path: Path) -> None:
    rings = [FileKms(tmp_path / "keys") for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        macs = set(pool.map(lambda kms: kms.mac("index", b"+84912345678"), rings))

    assert len(macs) == 1
    assert FileKms(tmp_path / "keys").mac("index", b"+84912345678") in macs
    assert FileKms(tmp_path / "keys").mac("other", b"+84912345678") not in macs


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    FileKms(tmp_path / "keys").mac("index", b"")

    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_secret_that_is_damaged_is_named_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "short.secret").write_bytes(b"short")
    (tmp_path / "folder.secret").mkdir()

    for name in ("short", "folder"):
        with pytest.raises(KeyUnreachable, match=name):
            FileKms(tmp_path).mac(name, b"")
