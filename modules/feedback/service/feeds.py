"""Public reports as feeds: RSS 2.0, and Atom (RFC 4287)."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Final, Literal

from backend.kernel import VIETNAM, Snapshot, t
from modules.feedback.model.markup import DECLARATION, element, text
from modules.feedback.model.reports import excerpt
from modules.feedback.repository import records as repository
from modules.feedback.repository.records import Row
from modules.feedback.service import categories
from modules.feedback.service.reading import label

ITEMS_MAX: Final = 100

Form = Literal["rss", "atom"]


async def feed(
    snapshot: Snapshot, form: Form, *, commune: str | None, category: str | None
) -> bytes:
    """Return the newest public reports as a feed; a report that moves is the same entry."""
    rows = await repository.newest(snapshot, commune, category, ITEMS_MAX)
    titles = [
        (await categories.card(snapshot, row.category_code, row.category_version)).label
        for row in rows
    ]
    write = _rss if form == "rss" else _atom
    return write(snapshot, rows, titles).encode()


def _rss(snapshot: Snapshot, rows: Sequence[Row], titles: Sequence[str]) -> str:
    items = "".join(
        element(
            "item",
            element("title", text(f"{title} · {label(row.state)}"))
            + element("link", text(_address(snapshot, row)))
            + element("guid", text(_address(snapshot, row)), {"isPermaLink": "true"})
            + element("pubDate", text(format_datetime(row.filed_at)))
            + element("category", text(row.category_code))
            + element("description", text(excerpt(row.body))),
        )
        for row, title in zip(rows, titles, strict=True)
    )
    head = (
        element("title", text(t("feedback.feed.title")))
        + element("link", text(f"{snapshot.base_url}/reports"))
        + element("description", text(t("feedback.feed.description")))
    )
    return DECLARATION + element("rss", element("channel", head + items), {"version": "2.0"})


def _atom(snapshot: Snapshot, rows: Sequence[Row], titles: Sequence[str]) -> str:
    newest = max((row.state_at for row in rows), default=datetime(2025, 7, 1, tzinfo=VIETNAM))
    entries = "".join(
        element(
            "entry",
            element("id", text(_address(snapshot, row)))
            + element("title", text(f"{title} · {label(row.state)}"))
            + element("published", row.filed_at.isoformat())
            + element("updated", row.state_at.isoformat())
            + element("link", "", {"href": _address(snapshot, row)})
            + element("category", "", {"term": row.category_code})
            + element("summary", text(excerpt(row.body))),
        )
        for row, title in zip(rows, titles, strict=True)
    )
    head = (
        element("id", text(f"{snapshot.base_url}/v1/feedback/public/feed.atom"))
        + element("title", text(t("feedback.feed.title")))
        + element("updated", newest.isoformat())
        + element("author", element("name", text(t("feedback.feed.author"))))
    )
    return DECLARATION + element("feed", head + entries, {"xmlns": "http://www.w3.org/2005/Atom"})


def _address(snapshot: Snapshot, row: Row) -> str:
    """Return the page of a report: whoever reads a feed is a person."""
    return f"{snapshot.base_url}/reports/{row.code}"
