"""A house that tells people things."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from litestar import post
from litestar.params import JSONBody

from backend.host.registry import discover
from backend.kernel import Anyone, Injected, Module, Transaction
from contracts.notifications import (
    NotificationKind,
    NotificationKinds,
    Notifier,
    Recipient,
    ToContact,
)
from contracts.personal_data import Vault
from modules.notifications.settings import Settings


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


class Told(msgspec.Struct, frozen=True, kw_only=True):
    to: Recipient
    kind: str = "feedback.trial"
    values: dict[str, Any] = msgspec.field(
        default_factory=lambda: {"code": "PA-2346CD", "thing": {"vi": "đường", "en": "roads"}}
    )
    about: str = "PA-2346CD"
    once: str
    contact: str = ""
    """An e-mail address of somebody without an account; told instead of `to`."""


@post("/tellings", guards=[Anyone()])
async def tell(data: JSONBody[Told], tx: Injected[Transaction]) -> None:
    """Tell somebody something, as any module does."""
    notifier, to = tx.ask(Notifier), data.to
    if data.contact:
        subject_id, column = tx.new_id(), "feedback.reporter.contact"
        sealed = await tx.ask(Vault).seal(
            subject_id, {column: data.contact}, purpose="feedback.contact"
        )
        to = ToContact(subject_id=subject_id, email=(column, sealed[column]))
    await notifier.tell(to, data.kind, data.values, about=data.about, once=data.once)


trial = Module(name="trial", routes=(tell,), provides={NotificationKinds: Kinds})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), trial]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    own = Settings(senders=("file",))
    return {**settings, Settings: own}
