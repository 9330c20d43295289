"""An officer at a browser with scripts off: forms are sent as they stand on a page."""

import html
import re
from typing import Any

from backend.testing import Caller

VIETNAMESE = {"Accept-Language": "vi"}


async def press(officer: Caller, path: str, page: str, **said: str) -> Any:
    """Send a form with the token that stands on the page, in Vietnamese."""
    token = re.search(r'name="csrf" value="([^"]+)"', (await officer.get(page)).text)
    assert token is not None
    headers = {"Origin": "null", "X-CSRF-Token": "", **VIETNAMESE}
    return await officer.send("POST", path, data={"csrf": token[1], **said}, headers=headers)


async def shown(officer: Caller, path: str) -> str:
    """Return what a page says in Vietnamese, without its tags."""
    answer = await officer.get(path, headers=VIETNAMESE)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())
