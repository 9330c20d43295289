"""Lends the house's secret keys to modules, which never see one."""

from backend.kernel import Snapshot
from backend.kms import kms_of


class LentKeys:
    """Provides `contracts.keys.SecretKeys`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._kms = kms_of(snapshot)

    def mac(self, name: str, message: bytes) -> bytes:
        return self._kms.mac(name, message)
