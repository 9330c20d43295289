"""The one store of keys of a process."""

from pathlib import Path
from typing import Final

from backend.kernel import Snapshot
from backend.kms.boundary import Kms
from backend.kms.files import FOLDER, FileKms
from backend.kms.settings import Settings

_open: Final[dict[tuple[Settings, Path], Kms]] = {}


def opened(settings: Settings, data_dir: Path) -> Kms:
    """Return the store that the settings name; the first question of a process opens it.

    Raises `KeyUnreachable` when a hardware module is not there.
    """
    which = settings, data_dir
    if which not in _open:
        _open[which] = _opened(settings, data_dir)
    return _open[which]


def close_all() -> None:
    """Close the stores of this process before it forks; each fork opens its own at the first use.

    What a hardware module does to a fork that goes on with its parent's session is undefined
    (PKCS#11 2.20 §6.6.1, "Applications and processes").
    """
    for kms in _open.values():
        kms.close()


def kms_of(snapshot: Snapshot) -> Kms:
    """Return the store of this installation."""
    return opened(snapshot.ask_maybe(Settings) or Settings(), snapshot.data_dir)


def _opened(settings: Settings, data_dir: Path) -> Kms:
    if settings.store == "pkcs11":
        from backend.kms.pkcs11 import Pkcs11Kms  # noqa: PLC0415 - an extra; few have it

        return Pkcs11Kms(
            settings.pkcs11_library, settings.pkcs11_token, settings.pkcs11_pin.reveal()
        )
    return FileKms(data_dir / FOLDER)
