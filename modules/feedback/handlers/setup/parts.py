"""What the pages of settings share: where one goes on, and what a form says."""

import re
from typing import Annotated, Final

from litestar import Response
from litestar.params import QueryParameter

from backend.kernel import BadRequest, DomainError, Form, t
from backend.kernel.locale import knows, language
from contracts.problem import Fault

_NAME: Final = re.compile("[a-z][a-z0-9-]{0,39}")

SETTINGS: Final = "/console/feedback/settings"

Done = Annotated[str, QueryParameter(pattern="^[a-z0-9-]{0,40}$", description="What was kept.")]


def back(address: str, done: str) -> Response[None]:
    """Lead on to a page after something was kept, so that reloading it keeps nothing twice."""
    joined = "&" if "?" in address else "?"
    headers = {"Location": f"{address}{joined}done={done}"}
    return Response(None, status_code=303, headers=headers)


def name_of(form: Form) -> str:
    """Return the name that something has for ever. Raises `BadRequest` for what is none."""
    code = form.text("code").strip()
    if not _NAME.fullmatch(code):
        raise BadRequest(errors=[Fault(pointer="/code", code="format")])
    return code


def version_of(form: Form) -> int:
    """Return the version that was on the page; 0 for something new. Raises `BadRequest`."""
    text = form.text("version") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(errors=[Fault(pointer="/version", code="format")])
    return int(text)


def why(refused: DomainError) -> str:
    """Return a sentence that says why something was not kept."""
    return t(f"{refused.slug.partition('/')[0]}.problems.{refused.slug}")


def wrong(refused: DomainError) -> list[str]:
    """Return the places of a form at which something is wrong, as its labels call them."""
    found = [fault.pointer or "" for fault in refused.errors]
    places = (_place(pointer.strip("/").split("/")) for pointer in found if pointer.strip("/"))
    return [place for place in places if place]


def _place(parts: list[str]) -> str:
    key = f"feedback.settings.fields.{parts[-1]}"
    last = t(key) if knows(key, language.get()) else ""
    if parts[0] != "questions" or len(parts) == 1:
        return last
    question = t("feedback.settings.question", number=int(parts[1]) + 1)
    return f"{question}: {last}" if last else question
