"""schema.org's GovernmentService, as search engines and schema-dts read it."""

from typing import Any, Final

from modules.public_services.model.procedures import Fee
from modules.public_services.model.views import Procedure

_AUDIENCES: Final = {
    "citizen": "Công dân",
    "business": "Doanh nghiệp, hộ kinh doanh",
    "organisation": "Tổ chức",
    "foreigner": "Người nước ngoài",
    "authority": "Cán bộ, công chức, viên chức",
    "other": "Đối tượng khác",
}
_NAMES: Final = {"in_person": "Trực tiếp", "online": "Trực tuyến", "post": "Bưu chính"}


def service(procedure: Procedure, base: str) -> dict[str, Any]:
    """Return a procedure as a GovernmentService; what is not known is left out."""
    text = procedure.citizen_text
    agencies = procedure.body.agencies
    names = agencies.performing or agencies.competent or (procedure.decision.agency,)
    address = f"{base}/procedures/{procedure.code}"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "@id": address,
        "identifier": procedure.code,
        "name": procedure.title,
        "description": (text.summary if text else "") or procedure.body.description,
        "alternateName": text.plain_title if text else "",
        "url": address,
        "serviceType": procedure.field_name,
        "areaServed": {"@type": "Country", "name": "Việt Nam"},
        "provider": [{"@type": "GovernmentOrganization", "name": name} for name in names],
        "audience": [
            {"@type": "Audience", "audienceType": _AUDIENCES[each]} for each in procedure.audiences
        ],
        "availableChannel": [_channel(procedure, each) for each in procedure.channels],
        "offers": [
            _offer(fee)
            for channel in procedure.body.channels
            for option in channel.options
            for fee in option.fees
            if fee.amount_vnd is not None
        ],
        "serviceOutput": [
            {"@type": "Thing", "name": each.title} for each in procedure.body.results
        ],
    }
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _channel(procedure: Procedure, kind: str) -> dict[str, Any]:
    channel: dict[str, Any] = {"@type": "ServiceChannel", "name": _NAMES[kind]}
    if kind == "online" and procedure.apply.url:
        channel["serviceUrl"] = procedure.apply.url
    return channel


def _offer(fee: Fee) -> dict[str, Any]:
    offer: dict[str, Any] = {"@type": "Offer", "price": fee.amount_vnd, "priceCurrency": "VND"}
    if fee.condition:
        offer["description"] = fee.condition
    return offer
