"""Lends the house's secret keys to modules, which never see one."""

from functools import lru_cache
from pathlib import Path

from backend.identity.kms import FOLDER, FileKms, Kms
from backend.kernel import Snapshot


class LentKeys:
    """Provides `contracts.keys.SecretKeys`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._kms = _kms(snapshot.data_dir)

    def mac(self, name: str, message: bytes) -> bytes:
        return self._kms.mac(name, message)


@lru_cache(maxsize=8)
def _kms(data_dir: Path) -> Kms:
    return FileKms(data_dir / FOLDER)
