"""Changing what others may be changing: the version that the caller saw, in `If-Match`."""

import re
from typing import Annotated, Final, TypeAlias

from litestar.params import HeaderParameter

from backend.kernel.errors import BadRequest, VersionRequired, VersionStale
from contracts.problem import Fault

IfMatch: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        required=False,
        pattern=r'^(W/)?"[0-9]{1,9}(-gzip|-br)?"$',
        description='The `ETag` of the version that you saw, such as `"3"`.',
    ),
]
"""`if_match: IfMatch = None` of a handler that changes a shared thing."""

# Proxies weaken a tag or mark the compression they applied; neither changes the version.
_TAG: Final = re.compile(r'(?:W/)?"(\d{1,9})(?:-(?:gzip|br))?"\Z')


def seen(if_match: str | None) -> int:
    """Return the version that the caller saw (RFC 9110 §13.1.1).

    Raises `VersionRequired` when there is none and `BadRequest` when it is not one of ours.
    """
    if if_match is None:
        raise VersionRequired
    found = _TAG.match(if_match.strip())
    if found is None:
        raise BadRequest(errors=[Fault(parameter="If-Match", code="format")])
    return int(found[1])


def check_version(current: int, if_match: str | None) -> None:
    """Raise `VersionStale` unless the caller saw the current version, and what `seen` raises."""
    if seen(if_match) != current:
        raise VersionStale(current_version=current)


def etag(version: int) -> str:
    """Return the strong entity tag of a version. Answers with a `version` member carry it."""
    return f'"{version}"'
