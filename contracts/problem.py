"""RFC 9457 problem details, the only error body this house serves."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

FaultCode = Literal[
    "required",
    "type",
    "too_short",
    "too_long",
    "too_small",
    "too_large",
    "pattern",
    "enum",
    "format",
    "unknown",
    "inconsistent",
]
"""What is wrong with one member of a request; this list is closed."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One defect of a request: where it is and what kind it is, never the value itself."""

    code: FaultCode
    detail: str = ""
    """One translated sentence."""
    pointer: str | None = None
    """RFC 6901 JSON pointer into the body."""
    parameter: str | None = None
    """Name of the query, path or header parameter; set when `pointer` is not."""
    limit: int | float | str | None = None
    """The limit that was not kept, when there is one."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One failed request, told to a machine in `type` and to a person in `title` (RFC 9457 §3).

    Members beyond these are extensions of the problem type, described on the page that `type`
    opens (RFC 9457 §3.2).
    """

    type: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str = ""
    instance: str = ""
    """The path that was called; never a query string."""
    trace_id: str = ""
    errors: tuple[Fault, ...] = ()
