"""The page to which a share's address leads: who shares what for how long, and then the facts.

The token stands behind `#`, which no browser sends; a script puts it into a form.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, cast

import msgspec
from litestar import Response, get, post

from backend.kernel import (
    Anyone,
    Form,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
    at_most,
)
from backend.kernel.pages import page
from modules.documents.handlers.sharing import GUESSES
from modules.documents.model.sharing import ShareQuestion
from modules.documents.service import kinds, sharing

_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_AT_MOST: Final = at_most(30, per=timedelta(minutes=1), by="address")


@get("/share", guards=[Anyone()])
async def show_share_form() -> Response[str]:
    """Ask for what stands behind the `#` of the address that a holder gave."""
    return _page()


@post("/share", guards=[Anyone(), _AT_MOST], status_code=200)
async def show_share(
    form: Injected[Form], snapshot: Injected[Snapshot], tries: Injected[Tries]
) -> Response[str]:
    """Show what would be opened, for whom and until when; no fact, and no look to be counted."""
    question = _question(form)
    if question is None:
        return _page(status=404, missed=True)
    await tries.spend(GUESSES, about=question.token)
    try:
        told = await sharing.announced(snapshot, question)
    except NotFound:
        return _page(status=404, missed=True, token=question.token)
    tries.give_back(GUESSES, about=question.token)
    names = kinds.Names(snapshot)
    return _page(told=told, names=names, kind=told.kind, token=question.token, pin=question.pin)


@post("/share/opening", guards=[Anyone(), _AT_MOST], status_code=200)
async def show_shared(
    form: Injected[Form], tx: Injected[Transaction], tries: Injected[Tries]
) -> Response[str]:
    """Open a share: the facts, and how the document stands now. The holder sees that you looked."""
    question = _question(form)
    if question is None:
        return _page(status=404, missed=True)
    await tries.spend(GUESSES, about=question.token)
    try:
        found = await sharing.opened(tx, question)
    except NotFound:
        return _page(status=404, missed=True, token=question.token)
    tries.give_back(GUESSES, about=question.token)
    facts = {name: _lines(fact) for name, fact in found.extract.fields.items()}
    return _page(found=found, facts=facts, names=kinds.Names(tx), kind=found.extract.kind)


def _question(form: Form) -> ShareQuestion | None:
    token, pin = form.text("token").strip().rpartition("#")[2], form.text("pin").strip()
    given = {"token": token, **({"pin": pin} if pin else {})}
    try:
        return msgspec.convert(given, ShareQuestion)
    except msgspec.ValidationError:
        return None


def _lines(fact: Any, name: str = "") -> list[tuple[str, str]]:
    """Return a fact as rows: the names that lead to each value, and the value as text."""
    if isinstance(fact, Mapping):
        members = cast("Mapping[str, Any]", fact).items()
        return [row for key, each in members for row in _lines(each, f"{name} {key}".strip())]
    if isinstance(fact, list | tuple):
        return [row for each in cast("Sequence[Any]", fact) for row in _lines(each, name)]
    return [] if fact is None else [(name, str(fact))]


def _page(*, status: int = 200, token: str = "", **values: Any) -> Response[str]:
    shown: dict[str, Any] = {"told": None, "found": None, "missed": False, "pin": None, **values}
    return page(
        "documents/share.html",
        status=status,
        headers=_NOT_KEPT,
        scripts="own",
        token=token,
        **shown,
    )


SHARE_PAGES: Final = (show_share_form, show_share, show_shared)
