"""How things are said to people in this province."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from backend.kernel import Injected, Snapshot, Transaction, composed, refuses, requires
from backend.kernel.locale import LANGUAGES
from backend.kernel.text import LINES
from contracts.page import Page
from modules.notifications.errors import TemplateUnfit, UnknownKind
from modules.notifications.model.preferences import Language
from modules.notifications.scopes import CONFIGURE
from modules.notifications.service import wording


class KindTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a kind of thing in a language."""

    kind: str
    language: Language
    title: str
    text: str
    values: tuple[str, ...]
    """The placeholders that may stand in it, as `{code}`."""
    is_own: bool
    """Whether this installation says it in words of its own."""


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """Words of this installation, with placeholders such as `{code}`."""

    language: Language
    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=LINES)]
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=LINES)]

    def __post_init__(self) -> None:
        composed(self)


@get("/templates", guards=[requires(CONFIGURE)])
async def list_templates(snapshot: Injected[Snapshot]) -> Page[KindTemplate]:
    """List everything that people are told, in both languages."""
    own = await snapshot.recall(wording.OWN_WORDS)
    items: list[KindTemplate] = []
    for kind in wording.kinds(snapshot).values():
        for language in LANGUAGES:
            ours = own.get((kind.name, language))
            items.append(
                KindTemplate(
                    kind=kind.name,
                    language=language,
                    title=ours.title if ours else wording.shipped(kind, "title", language),
                    text=ours.text if ours else wording.shipped(kind, "text", language),
                    values=kind.values,
                    is_own=ours is not None,
                )
            )
    return Page(items=items)


@put(
    "/templates/{kind:str}",
    guards=[requires(CONFIGURE)],
    responses=refuses(UnknownKind, TemplateUnfit),
)
async def replace_template(
    kind: FromPath[str], data: JSONBody[Wording], tx: Injected[Transaction]
) -> KindTemplate:
    """Say it in other words from now on; what was said before stays as it was said."""
    found = await wording.replace(tx, kind, data.language, data.title, data.text)
    return KindTemplate(
        kind=found.name,
        language=data.language,
        title=data.title,
        text=data.text,
        values=found.values,
        is_own=True,
    )
