"""How an officer gets in for the first time, or again with a new key: a link, once, and soon."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.identity.console import repository
from backend.identity.console.repository import Link, LinkKind
from backend.identity.oauth.pushing import digest
from backend.identity.passkeys import repository as passkeys
from backend.identity.passkeys.ceremonies import (
    CreationOptions,
    Made,
    Refused,
    judge_made,
    to_make,
    user_of,
)
from backend.identity.repository import GRANT_ROLES
from backend.kernel import Transaction, t
from backend.kms import Kms
from contracts.personal_data import AccessLog, Look

ADMIN: Final = "admin"
SHELL_LINK_LIFE: Final = timedelta(minutes=15)
INVITATION_LIFE: Final = timedelta(hours=24)


class LinkOver(Exception):
    """The link was used, is too old, was never made, or its reason is gone."""


class AdminsExist(Exception):
    """There are administrators already, who invite others themselves."""


async def bootstrap(tx: Transaction, *, name: str, agency_id: UUID) -> str:
    """Make the first administrator; return the link. Raises `AdminsExist`."""
    return await _admin_from_shell(tx, name, agency_id, kind="bootstrap", admins_max=0)


async def recover(tx: Transaction, *, name: str, agency_id: UUID) -> str:
    """Make an administrator while there is at most one; return the link. Raises `AdminsExist`."""
    return await _admin_from_shell(tx, name, agency_id, kind="recovery", admins_max=1)


async def _admin_from_shell(
    tx: Transaction, name: str, agency_id: UUID, *, kind: LinkKind, admins_max: int
) -> str:
    await tx.run(repository.LOCK_ADMINS)
    if (await tx.one(repository.ACTIVE_ADMINS, tx.now)).number > admins_max:
        raise AdminsExist
    staff_id = await invite(tx, name=name, email=None, invited_by=())
    await tx.run(GRANT_ROLES, staff_id, [ADMIN], agency_id, tx.now)
    # Whoever has the shell has gone past the two administrators: auditors see it, sealed.
    await tx.ask(AccessLog).note(
        Look(
            subject_id=staff_id,
            purpose=f"identity.{kind}",
            about=f"identity.staff {staff_id}",
            fields=("roles",),
            action="write",
        )
    )
    return await link_for(tx, staff_id, kind=kind, made_by=(), life=SHELL_LINK_LIFE)


async def invite(
    tx: Transaction, *, name: str, email: str | None, invited_by: Collection[UUID]
) -> UUID:
    """Add an officer who cannot come in yet."""
    staff_id = tx.new_id()
    await tx.run(repository.ADD_STAFF, staff_id, name, email, sorted(invited_by))
    return staff_id


async def link_for(
    tx: Transaction,
    staff_id: UUID,
    *,
    kind: LinkKind,
    made_by: Collection[UUID],
    life: timedelta,
) -> str:
    """Return an address at which this officer makes a passkey; earlier ones end."""
    token = secrets.token_urlsafe(32)
    await tx.run(repository.VOID_LINKS, staff_id, tx.now)
    await tx.run(
        repository.ADD_LINK,
        digest(token),
        staff_id,
        kind,
        sorted(made_by),
        tx.now,
        tx.now + life,
    )
    return f"{tx.base_url}/console/enrol/{token}"


async def asked(tx: Transaction, kms: Kms, token: str) -> tuple[Link, CreationOptions]:
    """Return whose link this is, and what to ask of the authenticator. Raises `LinkOver`."""
    link = await _open(tx, token)
    options = to_make(
        tx,
        kms,
        about=_about(token),
        user=user_of(link.staff_id, link.name),
        taken=[],
    )
    return link, options


async def enrol(tx: Transaction, kms: Kms, token: str, made: Made) -> None:
    """Keep the officer's passkey, and let them in with it from now on.

    It replaces whatever they had: a link is made for who has nothing, or has lost it. Raises
    `LinkOver` or `Refused`; then nothing may be kept.
    """
    link = await _open(tx, token)
    if not await tx.run(repository.USE_LINK, digest(token), tx.now):
        raise LinkOver
    new = await judge_made(tx, kms, made, about=_about(token))
    await tx.run(passkeys.REVOKE_OF_STAFF, link.staff_id, tx.now)
    added = await tx.run(
        passkeys.ADD,
        tx.new_id(),
        new.credential_id,
        None,
        link.staff_id,
        new.public_key,
        new.sign_count,
        new.aaguid,
        new.be,
        new.bs,
        None,
        t("identity.console.key"),
        tx.now,
    )
    if not added:
        raise Refused
    await tx.run(repository.ACTIVATE, link.staff_id)
    await tx.run(repository.END_SESSIONS, link.staff_id, tx.now)


async def _open(tx: Transaction, token: str) -> Link:
    link = await tx.maybe(repository.OPEN_LINK, digest(token), tx.now)
    if link is None:
        raise LinkOver
    if link.kind == "bootstrap":
        await tx.run(repository.LOCK_ADMINS)
        if (await tx.one(repository.ACTIVE_ADMINS, tx.now)).number:
            raise LinkOver
    return link


def _about(token: str) -> str:
    return f"enrol|{digest(token).hex()}"
