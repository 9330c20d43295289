"""Keyed digests, so that the database compares what it never learns."""

import re
import secrets
from typing import Final

from backend.kernel import Snapshot
from contracts.keys import SecretKeys
from contracts.personal_data import PersonalIdIndex

OWNER: Final = "public_services.dossier.owner_index"
"""The column in which a dossier knows whose it is."""

_PROOF: Final = "public-services-proof"
_CHARACTERS: Final = 6
_NOT_PLAIN: Final = re.compile(r"[^0-9A-Z]")


class Tags:
    """Digests under keys that lie outside the database and its backups."""

    def __init__(self, keys: SecretKeys, index: PersonalIdIndex) -> None:
        self._keys, self._index = keys, index

    def proof(self, code: str, factor: str) -> bytes:
        """Return the digest of a dossier's code and the last six characters of a proof."""
        return self._digest(code, _plain(factor)[-_CHARACTERS:])

    def owner(self, number: str) -> bytes:
        """Return the digest by which a dossier knows whose it is."""
        return self._index.digest(OWNER, number)

    def nobody(self) -> bytes:
        """Return a digest that no dossier has, at the cost of one that it might."""
        return self._digest("", secrets.token_hex(_CHARACTERS))

    def _digest(self, code: str, end: str) -> bytes:
        return self._keys.mac(_PROOF, f"{code}\n{end}".encode())


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("", text.upper())


def proves(text: str) -> bool:
    """Tell whether a number is long enough to prove anything by its end."""
    return len(_plain(text)) >= _CHARACTERS


def tags_of(snapshot: Snapshot) -> Tags:
    """Return the digests of this installation."""
    return Tags(snapshot.ask(SecretKeys), snapshot.ask(PersonalIdIndex))
