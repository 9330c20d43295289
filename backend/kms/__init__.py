"""Keys never lie beside what they open: in files of this installation, or in a hardware module."""

from backend.kernel import Module
from backend.kms.boundary import Digests, KeyUnreachable, Kms, NotSealedHere
from backend.kms.data_keys import KeysOfThings
from backend.kms.files import FOLDER, FileKms
from backend.kms.opening import close_all, kms_of, opened
from backend.kms.sealing import sealed, unsealed
from backend.kms.settings import Settings
from contracts.keys import DataKeys, SigningKeys

__all__ = [
    "FOLDER",
    "Digests",
    "FileKms",
    "KeyUnreachable",
    "Kms",
    "NotSealedHere",
    "Settings",
    "close_all",
    "kms_of",
    "module",
    "opened",
    "sealed",
    "unsealed",
]

module = Module(
    name="kms",
    package=__name__,
    settings=Settings,
    provides={SigningKeys: kms_of, DataKeys: KeysOfThings},
)
