"""Our words about a procedure, and what a province sets, as editors write them."""

import msgspec

from backend.kernel import Snapshot, Transaction, seen
from modules.public_services.errors import NoSuchProcedure, NoSuchSuccessor
from modules.public_services.model.procedures import CitizenText
from modules.public_services.model.successors import KeptSuccessors, SuccessorsDraft
from modules.public_services.model.views import KeptProfile, KeptText, Profile
from modules.public_services.repository import catalogue as repository
from modules.public_services.repository import changes as told
from modules.public_services.repository import successors
from modules.public_services.repository.imports import lock
from modules.public_services.service import indexing
from modules.public_services.service.versions import settled


class KeptWords(msgspec.Struct, frozen=True, kw_only=True):
    """What editors have written about a procedure."""

    text: KeptText | None
    successors: KeptSuccessors


async def kept(snapshot: Snapshot, code: str) -> KeptWords:
    """Return what editors have written, in Vietnamese. Raises `NoSuchProcedure`."""
    number = await _number(snapshot, code)
    after = await successors.find(snapshot, number)
    return KeptWords(
        text=await repository.text(snapshot, number, "vi"),
        successors=after or KeptSuccessors(codes=(), version=0),
    )


async def write_text(
    tx: Transaction, code: str, words: CitizenText, lang: str, if_match: str | None
) -> KeptText:
    """Keep our words about a procedure.

    Raises `NoSuchProcedure`, `VersionRequired`, `VersionStale`.
    """
    await lock(tx)
    number = await _number(tx, code)
    row = KeptText(
        plain_title=words.plain_title,
        summary=words.summary,
        situations=words.situations,
        version=seen(if_match),
    )
    written = await repository.put_text(tx, number, lang, row)
    kept = await settled(written, lambda: repository.text(tx, number, lang))
    await told.note(tx, "text", number)
    await indexing.changed(tx)
    return kept


async def write_profile(
    tx: Transaction, code: str, province: str, profile: Profile, if_match: str | None
) -> KeptProfile:
    """Keep what a province sets. Raises `NoSuchProcedure`, `VersionRequired`, `VersionStale`."""
    await lock(tx)
    number = await _number(tx, code)
    said = msgspec.to_builtins(profile)
    written = await repository.put_profile(tx, number, province, said, seen(if_match))
    kept = await settled(written, lambda: repository.profile(tx, number, province))
    await told.note(tx, "profile", number)
    return kept


async def write_successors(
    tx: Transaction, code: str, draft: SuccessorsDraft, if_match: str | None
) -> KeptSuccessors:
    """Keep where somebody goes on who knows a procedure that was abolished.

    Raises `NoSuchProcedure`, `NoSuchSuccessor`, `VersionRequired`, `VersionStale`.
    """
    await lock(tx)
    number = await _number(tx, code)
    codes = tuple(dict.fromkeys(draft.codes))
    if code in codes or await successors.known(tx, codes) != {*codes}:
        raise NoSuchSuccessor
    written = await successors.put(tx, number, codes, seen(if_match))
    kept = await settled(written, lambda: successors.find(tx, number))
    await told.note(tx, "abolished", number)
    await indexing.changed(tx)
    return kept


async def _number(tx: Snapshot, code: str) -> int:
    found = await repository.number(tx, code)
    if found is None:
        raise NoSuchProcedure
    return found
