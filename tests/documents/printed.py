"""What the tests of printed contracts share."""

from collections.abc import Awaitable, Callable
from typing import Final

from modules.documents.model import pdf, printing
from modules.documents.model.printed_verdict import content_of
from modules.documents.model.task import Task

JUDGES: Final = ("openssl", "pdfsig")
Read = Callable[..., Awaitable[bytes]]


def end_of_update(raw: bytes, start: int) -> int:
    return raw.index(b"%%EOF\n", start) + len(b"%%EOF\n")


def updates(raw: bytes, task: Task) -> list[pdf.Signature | pdf.Evidence]:
    content = content_of(raw)
    assert content is not None
    form = task.forms[content[1].renderer.template]
    _, shape = printing.based(*content, form)
    return list(pdf.updates(raw, shape))
