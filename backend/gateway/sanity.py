"""Refuse what no part of the house could read, before any part tries.

PostgreSQL keeps no U+0000, msgspec recurses, codecs raise LookupError: each of these would be a
500 somewhere inside. The usual request costs three searches of a few bytes.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from backend.kernel import BadRequest, NotFound
from backend.kernel.faults import ESCAPED_NUL
from contracts.problem import Fault

NESTING_MAX: Final = 32
"""Levels of arrays and objects in a JSON body."""

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_JSON_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NOT_BRACKETS: Final = re.compile(rb"[^\[\]{}]+")
_CHARSETS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii"})


def refuse_target(raw_path: bytes, query: bytes) -> None:
    """Refuse a path or query that is not percent-encoded UTF-8, or holds U+0000.

    Raises `BadRequest`; and `NotFound` for empty segments, so that a thing has one address.
    """
    if query and b"%" in query and not _is_text(query):
        raise BadRequest(errors=[Fault(parameter="query", code="format")])
    if b"%" in raw_path and not _is_text(raw_path):
        raise BadRequest(errors=[Fault(parameter="path", code="format")])
    if b"//" in raw_path or (raw_path[-1:] == b"/" and raw_path != b"/"):
        raise NotFound


def refuse_hostless(http_version: str, headers: Mapping[bytes, bytes]) -> None:
    """Refuse what RFC 9112 §3.2 tells every server to refuse: HTTP/1.1 that names no host.

    Raises `BadRequest`. A doubled `Host` is refused as any doubled header is.
    """
    if http_version == "1.1" and b"host" not in headers:
        raise BadRequest(errors=[Fault(parameter="Host", code="required")])


def refuse_charset(content_type: bytes) -> None:
    """Refuse a body that says it is not UTF-8. Raises `BadRequest`."""
    for parameter in content_type.lower().split(b";")[1:]:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"charset" and value.strip(b' "') not in _CHARSETS:
            raise BadRequest(errors=[Fault(parameter="Content-Type", code="enum", limit="utf-8")])


def refuse_json(body: bytes) -> None:
    """Refuse JSON with U+0000 in it, or nested deeper than `NESTING_MAX`. Raises `BadRequest`."""
    if b"\\u0000" in body and ESCAPED_NUL.search(body):
        raise BadRequest(errors=[Fault(pointer="", code="format")])
    if body.count(b"[") + body.count(b"{") > NESTING_MAX and _is_too_deep(body):
        raise BadRequest(errors=[Fault(pointer="", code="too_large", limit=NESTING_MAX)])


def refuse_form(body: bytes) -> None:
    """Refuse a form that is not percent-encoded UTF-8, or holds U+0000. Raises `BadRequest`."""
    if not _is_text(body):
        raise BadRequest(errors=[Fault(pointer="", code="format")])


def _is_text(encoded: bytes) -> bool:
    if _BAD_ESCAPE.search(encoded):
        return False
    decoded = unquote_to_bytes(encoded)
    if b"\0" in decoded:
        return False
    try:
        decoded.decode()  # strict: lone surrogates are refused too
    except UnicodeDecodeError:
        return False
    return True


def _is_too_deep(body: bytes) -> bool:
    depth = 0
    for bracket in _NOT_BRACKETS.sub(b"", _JSON_TEXT.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            if depth > NESTING_MAX:
                return True
        else:
            depth -= 1
    return False
