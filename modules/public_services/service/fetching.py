"""Fetching the blank forms that records name: a few at a time, outside of transactions."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from backend.kernel import Errand, Job, Transaction
from contracts.public_services import AddressRefused, FormSource, SystemAway
from modules.public_services.model.forms import NotAForm, media_type_of
from modules.public_services.repository import form_fetches as repository
from modules.public_services.repository.form_fetches import Outcome, WantedForm
from modules.public_services.repository.forms import FileRow, add_file
from modules.public_services.service.form_sources import hosts_of, source_of
from modules.public_services.settings import Settings

_AT_ONCE: Final = 4
"""Each may be 10 MiB, and all of them are held until they are kept."""
_NAME_MAX: Final = 80
_ENDINGS: Final = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
}


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for now, and of whom."""

    source: FormSource
    wanted: Sequence[WantedForm]


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one address; `content` is a form by its content."""

    wanted: WantedForm
    outcome: Outcome
    content: bytes = b""
    media_type: str = ""


async def _prepare(tx: Transaction) -> Round | None:
    listed = tx.ask(Settings).form_hosts
    source = source_of(listed, is_production=tx.is_production)
    hosts = hosts_of(listed, is_production=tx.is_production)
    return None if source is None else await asked_of(tx, source, hosts)


async def asked_of(tx: Transaction, source: FormSource, hosts: Sequence[str]) -> Round | None:
    """Return what a source is asked for now; None when there is nothing."""
    wanted = await repository.wanted(tx, hosts, tx.today, tx.now, _AT_ONCE)
    return Round(source=source, wanted=wanted) if wanted else None


async def _call(asked: Round | None) -> list[Fetched]:
    if asked is None:
        return []
    return [await _fetched(asked.source, each) for each in asked.wanted]


async def _fetched(source: FormSource, wanted: WantedForm) -> Fetched:
    try:
        content = await source.fetch(wanted.url)
        if content is None:
            return Fetched(wanted=wanted, outcome="missing")
        kind = media_type_of(content)
    except AddressRefused:
        return Fetched(wanted=wanted, outcome="refused")
    except SystemAway:
        return Fetched(wanted=wanted, outcome="away")
    except NotAForm:
        return Fetched(wanted=wanted, outcome="not-a-form")
    return Fetched(wanted=wanted, outcome="kept", content=content, media_type=kind)


async def _settle(tx: Transaction, asked: Round | None, fetched: list[Fetched]) -> None:
    for each in fetched if asked is not None else ():
        code = f"f-{sha256(each.wanted.url.encode()).hexdigest()[:16]}"
        if each.outcome == "kept":
            await repository.keep(tx, code, each.wanted)
            await add_file(tx, _row(code, each), each.content)
        kept = code if each.outcome == "kept" else None
        await repository.note(tx, each.wanted.url, kept, each.outcome)


def _row(code: str, fetched: Fetched) -> FileRow:
    return FileRow(
        form_code=code,
        sha256=sha256(fetched.content).hexdigest(),
        media_type=fetched.media_type,
        name=_named(fetched.wanted.url) + _ENDINGS[fetched.media_type],
        bytes=len(fetched.content),
    )


def _named(url: str) -> str:
    """Return under which name a form is saved: letters and digits of its address, no more."""
    stem = PurePosixPath(unquote(urlsplit(url).path)).stem
    return "".join(each for each in stem if each.isalnum() or each in " -_")[:_NAME_MAX] or "form"


FETCH_FORMS: Final = Job(
    name="public_services.fetch-forms",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=180),
    every=timedelta(minutes=10),
)
