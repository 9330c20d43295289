"""Settings, read from `TINHS_PUBLIC_SERVICES_*`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from backend.kernel import Secret


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Which catalogue this installation shows, and where one applies."""

    province: Annotated[
        str,
        Meta(pattern="^[0-9]{2}$", description="The province whose own times and fees are shown."),
    ] = "38"
    portal_url: Annotated[
        str,
        Meta(
            pattern=r"^https://[^/]+/.*\{code\}",
            description="Where a procedure is applied for online; `{code}` is filled in.",
        ),
    ] = "https://dichvucong.gov.vn/p/home/dvc-chi-tiet-thu-tuc-nganh-doc.html?ma_thu_tuc={code}"
    portal_hosts: Annotated[
        tuple[str, ...],
        Meta(description="Hosts to which a procedure's own address may lead."),
    ] = ("dichvucong.gov.vn",)
    login: Annotated[
        str, Meta(max_length=40, description="The account that the portal asks for.")
    ] = "vneid"
    dossier_source: Annotated[
        str, Meta(pattern="^[a-z0-9-]{1,40}$", description="The system that tells of dossiers.")
    ] = "one-stop"
    dossier_days: Annotated[
        int, Meta(ge=30, description="How many days after its end a dossier is forgotten.")
    ] = 730
    upstream_url: Annotated[
        str,
        Meta(
            pattern=r"^(https://[^\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s]*)?)?$",
            description="A bridge to the one-stop system that is asked every minute; empty where"
            " that system tells by itself, or is simulated.",
        ),
    ] = ""
    upstream_token: Annotated[
        Secret, Meta(description="What the bridge knows us by: a bearer token.")
    ] = Secret("")
    delivery_secrets: Annotated[
        Secret,
        Meta(
            description="Secrets of signed deliveries, `whsec_…`, with commas between them while"
            " one replaces another; without any, none is taken."
        ),
    ] = Secret("")
