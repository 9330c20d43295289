"""`/v1/account/consents` and `/v1/account/wards`, and the texts that people are shown."""

from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from backend.identity.consents import repository, service
from backend.identity.consents.repository import Consent, Text, Ward
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import PurposeUnknown, RecipientUnknown, TextOutdated
from backend.identity.handlers import authority_of
from backend.identity.scopes import PRIVACY, READ, WARDS, WRITE
from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Prose,
    Snapshot,
    Transaction,
    Unauthenticated,
    composed,
    refuses,
    requires,
)
from backend.kernel.locale import language

ClientId = Annotated[
    str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", examples=["clinic-of-the-province"])
]
Purpose = Annotated[
    str, Meta(pattern=r"^[a-z0-9_]{1,40}\.[a-z0-9_-]{1,40}$", examples=["feedback.handling"])
]


class Consents(msgspec.Struct, frozen=True, kw_only=True):
    """What was said last about each purpose and recipient, the newest first."""

    items: tuple[Consent, ...]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a person agrees to: the words that they were shown, and for whom."""

    text_id: UUID
    recipient: ClientId
    person_id: UUID | None = None
    """Whom it is for, when not for oneself: a child, or another ward."""


class Wards(msgspec.Struct, frozen=True, kw_only=True):
    """The people for whom the caller acts."""

    items: tuple[Ward, ...]


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """The words of today, one text for each purpose."""

    items: tuple[Text, ...]


class NewText(msgspec.Struct, frozen=True, kw_only=True):
    """What people are shown from now on before they agree to a purpose."""

    purpose: Purpose
    vi: Prose
    en: Prose

    def __post_init__(self) -> None:
        """Keep the letters composed."""
        composed(self)


@get(
    "/v1/consent-texts",
    operation_id="listConsentTexts",
    tags=["identity"],
    guards=[Anyone()],
    opt={AS_SIGN_IN: True},
)
async def list_texts(snapshot: Injected[Snapshot]) -> Texts:
    """List what people agree to, in the language of the request."""
    return Texts(
        items=tuple(await snapshot.all(repository.CURRENT_TEXTS, language.get(), snapshot.now))
    )


@get(
    "/v1/account/consents",
    operation_id="listConsents",
    tags=["identity"],
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True},
)
async def list_consents(snapshot: Injected[Snapshot]) -> Consents:
    """List what you have agreed to or taken back, for yourself and for your wards."""
    return Consents(items=await service.mine(snapshot))


@post(
    "/v1/account/consents",
    operation_id="giveConsent",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound, TextOutdated, RecipientUnknown),
)
async def give_consent(data: JSONBody[Agreement], tx: Injected[Transaction]) -> Consent:
    """Agree that a partner reads of you, or of a ward of yours, for one purpose.

    From 7 to 18 the child and the representative both have to agree.
    """
    person_id = data.person_id or tx.principal.person_id
    if person_id is None:
        raise Unauthenticated
    return await service.give(
        tx, text_id=data.text_id, recipient=data.recipient, person_id=person_id
    )


@delete(
    "/v1/account/consents/{consent_id:uuid}",
    operation_id="withdrawConsent",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound),
)
async def withdraw_consent(consent_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Take consent back. The next call of the partner finds nothing any more."""
    await service.withdraw(tx, consent_id)


@get(
    "/v1/account/wards",
    operation_id="listWards",
    tags=["identity"],
    guards=[requires(WARDS)],
    opt={AS_SIGN_IN: True},
)
async def list_wards(snapshot: Injected[Snapshot]) -> Wards:
    """List the people for whom you act. Needs a session that has proved who you are."""
    found = await snapshot.all(repository.WARDS, snapshot.principal.person_id, snapshot.now)
    return Wards(items=tuple(found))


@post(
    "/v1/admin/consent-texts",
    operation_id="publishConsentText",
    tags=["identity"],
    guards=[requires(PRIVACY)],
    opt={AS_SIGN_IN: True},
    responses=refuses(PurposeUnknown),
)
async def publish_text(
    request: Request[Any, Any, Any], data: JSONBody[NewText], tx: Injected[Transaction]
) -> Texts:
    """Publish the words for a purpose, in both languages. Who agreed before did so to the old."""
    known = {purpose for scope in authority_of(request).scopes for purpose in scope.purposes}
    if data.purpose not in known:
        raise PurposeUnknown
    return Texts(
        items=tuple(
            [
                await tx.one(
                    repository.ADD_TEXT,
                    tx.new_id(),
                    data.purpose,
                    lang,
                    body,
                    sha256(body.encode()).digest(),
                    tx.now,
                )
                for lang, body in (("vi", data.vi), ("en", data.en))
            ]
        )
    )


CONSENTS: Final = (
    list_texts,
    list_consents,
    give_consent,
    withdraw_consent,
    list_wards,
    publish_text,
)
"""Every route of consent."""
