"""A house that tells people things, with a vault for addresses where none is installed yet."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import post
from litestar.params import JSONBody

from backend.host.registry import discover
from backend.kernel import Anyone, Injected, Module, Transaction
from contracts.notifications import NotificationKind, NotificationKinds, Notifier, Recipient
from contracts.personal_data import Column, Look, Vault
from modules.notifications.settings import Settings

VAPID = "bcaRaz8Cz1kYTqJd2-0F0m9F1lDq3dYhB2m1C0qzY1s"


class PlainVault:
    """Turns bytes around; what it opens it has been told whose it is."""

    def __init__(self, _: object) -> None:
        pass

    async def seal(
        self, subject_id: UUID, values: Mapping[Column, str], *, purpose: str
    ) -> dict[Column, bytes]:
        return {
            column: bytes(255 - byte for byte in f"{subject_id}|{column}|{text}".encode())
            for column, text in values.items()
        }

    async def open(self, look: Look, sealed: Mapping[Column, bytes]) -> dict[Column, str]:
        return {
            column: bytes(255 - byte for byte in raw).decode().split("|", 2)[2]
            for column, raw in sealed.items()
        }

    async def destroy(self, subject_id: UUID) -> None:
        pass


class Kinds:
    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return (
            NotificationKind(name="feedback.trial", topic="own", values=("code", "thing")),
            NotificationKind(
                name="feedback.trial-now", topic="own", values=("code",), is_pressing=True
            ),
        )


def with_a_vault(modules: list[Module]) -> list[Module]:
    """Return the modules and, where nobody provides a vault, one that hides nothing."""
    missing = not any(Vault in module.provides for module in modules)
    return [*modules, Module(name="vault", provides={Vault: PlainVault})] if missing else modules


class Told(msgspec.Struct, frozen=True, kw_only=True):
    to: Recipient
    kind: str = "feedback.trial"
    values: dict[str, Any] = msgspec.field(
        default_factory=lambda: {"code": "PA-2346CD", "thing": {"vi": "đường", "en": "roads"}}
    )
    about: str = "PA-2346CD"
    once: str


@post("/tellings", guards=[Anyone()])
async def tell(data: JSONBody[Told], tx: Injected[Transaction]) -> None:
    """Tell somebody something, as any module does."""
    notifier = tx.ask(Notifier)
    await notifier.tell(data.to, data.kind, data.values, about=data.about, once=data.once)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    trial = Module(name="trial", routes=(tell,), provides={NotificationKinds: Kinds})
    return with_a_vault([*discover(), trial])


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    own = Settings(senders=("file",))
    return {**settings, Settings: own}
