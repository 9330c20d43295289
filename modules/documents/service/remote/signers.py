"""Who the providers of people's keys are: of the settings, or of a module."""

from collections.abc import Sequence
from typing import Final

import msgspec

from backend.kernel import Snapshot
from contracts.remote_signing import RemoteSigner
from modules.documents.service.remote.csc import CscSigner
from modules.documents.service.remote.transactions import TransactionSigner
from modules.documents.settings import Settings

_SPEAKS: Final = {"csc2": CscSigner, "transactions": TransactionSigner}


class SigningProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider with which people may sign, by the name that is given to it here."""

    name: str
    label: str


def listed(snapshot: Snapshot) -> Sequence[SigningProvider]:
    """Return the providers, by their names."""
    ours = snapshot.ask(Settings).described_signers
    named = {each.name: each.name for each in snapshot.ask_all(RemoteSigner)}
    named |= {name: described.label for name, described in ours.items()}
    return [SigningProvider(name=name, label=named[name]) for name in sorted(named)]


def named(snapshot: Snapshot, name: str) -> RemoteSigner | None:
    """Return the provider of that name, if there is one still."""
    described = snapshot.ask(Settings).described_signers.get(name)
    if described is not None:
        return _SPEAKS[described.api](name, described)
    return next((each for each in snapshot.ask_all(RemoteSigner) if each.name == name), None)
