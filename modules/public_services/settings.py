"""Settings, read from `TINHS_PUBLIC_SERVICES_*`."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from backend.kernel import Secret

_TIME: Final = r"([01]\d|2[0-3]):[0-5]\d"


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
    acceptance_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=200,
            description="In how many office hours somebody says whether a dossier is accepted;"
            " unconfirmed for the present law, 0 says nothing of it.",
        ),
    ] = 8
    office_hours: Annotated[
        tuple[Annotated[str, Meta(pattern=f"^{_TIME}-{_TIME}$")], ...],
        Meta(description="When offices of the province are open on a working day."),
    ] = ("07:30-11:30", "13:30-17:00")
    form_hosts: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z0-9.-]{1,100}(:\d{1,5})?$")], ...],
        Meta(
            max_length=50,
            description="Hosts from which blank forms are fetched that records name, over https and"
            " from public addresses alone; without any, none is.",
        ),
    ] = ()
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
