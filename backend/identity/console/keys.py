"""An officer's own keys: a second one, so that losing the first does not lock the office."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.console import repository
from backend.identity.console.handlers import FRESH, UNREADABLE, shown
from backend.identity.console.sessions import FORGET, AtWork, at_own_form, at_work, is_own_page
from backend.identity.handlers import authority_of
from backend.identity.login.visiting import form_of, sent_to
from backend.identity.passkeys import repository as passkeys
from backend.identity.passkeys.ceremonies import Made, Refused, judge_made, to_make, user_of
from backend.kernel import Anyone, Transaction, t

KEYS_MAX: Final = 10
_NAME_LETTERS_MAX: Final = 60


@get("/console/keys", include_in_schema=False, guards=[Anyone()])
async def show_keys(request: Request[Any, Any, Any]) -> Response[Any]:
    """List an officer's keys, and offer to make another after a fresh proof."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        present = await at_work(tx, request)
        if present is None:
            return sent_to("/console/login", {"Set-Cookie": FORGET})
        staff_id = present.officer.staff_id
        keys = await tx.all(passkeys.OF_STAFF, staff_id)
        taken = await tx.all(passkeys.TAKEN_BY_STAFF, staff_id)
        options = to_make(
            tx,
            authority.kms,
            about=_about(present),
            user=user_of(staff_id, present.name),
            taken=[each.credential_id for each in taken],
        )
        is_fresh = _is_fresh(tx, present)
    return shown(
        "identity/console_keys.html",
        present=present,
        officer=present.officer,
        token=present.csrf,
        keys=keys,
        is_fresh=is_fresh,
        is_full=len(keys) >= KEYS_MAX,
        options=msgspec.json.encode(options).decode(),
        declined="again" in request.query_params,
    )


@post("/console/keys", include_in_schema=False, guards=[Anyone()], status_code=303)
async def add_key(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep another key of the officer who has just proved themselves with one."""
    authority = authority_of(request)
    form = await form_of(request)
    try:
        made = msgspec.json.decode(form.get("credential", ""), type=Made)
        async with authority.transaction() as tx:
            present = await _at_fresh_form(tx, request, form)
            if present is None:
                return sent_to("/console/step-up", {})
            staff_id = present.officer.staff_id
            await tx.run(repository.LOCK_OFFICER, staff_id)
            if len(await tx.all(passkeys.OF_STAFF, staff_id)) >= KEYS_MAX:
                raise Refused
            new = await judge_made(tx, authority.kms, made, about=_about(present))
            name = " ".join(form.get("name", "").split())[:_NAME_LETTERS_MAX]
            added = await tx.run(
                passkeys.ADD,
                tx.new_id(),
                new.credential_id,
                None,
                staff_id,
                new.public_key,
                new.sign_count,
                new.aaguid,
                new.be,
                new.bs,
                None,
                name or t("identity.console.key"),
                tx.now,
            )
            if not added:
                raise Refused
    except (Refused, *UNREADABLE):
        return sent_to("/console/keys?again", {})
    return sent_to("/console/keys", {})


@post("/console/keys/{key_id:uuid}/remove", include_in_schema=False, guards=[Anyone()])
async def remove_key(request: Request[Any, Any, Any], key_id: FromPath[UUID]) -> Response[Any]:
    """Let one of the officer's keys open nothing any more; the last one stays."""
    authority = authority_of(request)
    form = await form_of(request)
    async with authority.transaction() as tx:
        present = await _at_fresh_form(tx, request, form)
        if present is None:
            return sent_to("/console/step-up", {})
        staff_id = present.officer.staff_id
        await tx.run(repository.LOCK_OFFICER, staff_id)
        keys = {key.id for key in await tx.all(passkeys.OF_STAFF, staff_id)}
        if key_id not in keys or len(keys) == 1:
            return sent_to("/console/keys?again", {})
        await tx.run(passkeys.REVOKE_ONE_OF_STAFF, key_id, staff_id, tx.now)
    return sent_to("/console/keys", {})


async def _at_fresh_form(
    tx: Transaction, request: Request[Any, Any, Any], form: dict[str, str]
) -> AtWork | None:
    """Return who has sent a form of ours within minutes of proving themselves."""
    if not is_own_page(request, authority_of(request)):
        return None
    present = await at_own_form(tx, request, form)
    return present if present is not None and _is_fresh(tx, present) else None


def _is_fresh(tx: Transaction, present: AtWork) -> bool:
    return tx.now - present.officer.step_up_at <= FRESH


def _about(present: AtWork) -> str:
    return f"key|{present.hash.hex()}"
