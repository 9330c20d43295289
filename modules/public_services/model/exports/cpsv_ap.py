"""CPSV-AP 3.2, the European vocabulary of public services, as JSON-LD.

https://semiceu.github.io/CPSV-AP/releases/3.2.0/. Its shapes want every concept, place and rule
that is pointed at to be typed in the same graph, so the graph carries them.
"""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from modules.public_services.model.procedures import Channel, Fee, TimeOption
from modules.public_services.model.views import Procedure

Node = dict[str, Any]

CONTEXT: Final[Node] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
_VIETNAMESE: Final = f"{_AUTHORITY}language/VIE"
_VIETNAM: Final = f"{_AUTHORITY}country/VNM"
_REGION: Final = "http://data.europa.eu/88u/dataset/atu-type"
"""What an organisation covers has this class in the shapes; what a service covers has another."""
_DONG: Final = f"{_AUTHORITY}currency/VND"
_DAYS: Final = {"working_day": "D", "calendar_day": "D", "month": "M"}


def graph(procedures: Iterable[Procedure], base: str) -> Node:
    """Return procedures as one graph; `base` is where this installation is found."""
    nodes: dict[str, Node] = {each["@id"]: each for each in _always()}
    for procedure in procedures:
        for node in _nodes(procedure, base):
            nodes[node["@id"]] = node
    return {"@context": CONTEXT, "@graph": [*nodes.values()]}


def _always() -> list[Node]:
    return [
        {"@id": _VIETNAMESE, "@type": "dct:LinguisticSystem"},
        {"@id": _VIETNAM, "@type": ["dct:Location", _REGION]},
        _concept(_DONG, "đồng Việt Nam"),
    ]


def _nodes(procedure: Procedure, base: str) -> list[Node]:
    address = f"{base}/v1/public-services/procedures/{procedure.code}"
    agencies = _agencies(procedure, base)
    evidence = _evidence(procedure, address)
    outputs = _outputs(procedure, address)
    channels = [_channel(each, address) for each in procedure.body.channels]
    costs = _costs(procedure, address)
    rule, laws = _rule(procedure, address), _laws(procedure, base)
    field = f"{base}/v1/public-services/fields#{quote(procedure.field_code)}"
    status = f"{address}#status-{procedure.status}"
    audiences = [f"{base}/v1/public-services#audience-{each}" for each in procedure.audiences]
    service: Node = {
        "@id": address,
        "@type": "cpsv:PublicService",
        "dct:identifier": procedure.code,
        "dct:title": _vi(procedure.title),
        "dct:description": _vi(_description(procedure)),
        "dct:language": {"@id": _VIETNAMESE},
        "dct:spatial": {"@id": _VIETNAM},
        "dct:audience": _links(audiences),
        "adms:status": {"@id": status},
        "cv:thematicArea": {"@id": field},
        "cv:hasCompetentAuthority": _to(agencies),
        "cv:hasChannel": _to(channels),
        "cv:hasCost": _to(costs),
        "cv:hasLegalResource": _to(laws),
        "cpsv:hasInput": _to(evidence),
        "cpsv:produces": _to(outputs),
        "cpsv:follows": {"@id": rule["@id"]},
    }
    if procedure.body.keywords:
        service["dcat:keyword"] = [_vi(each) for each in procedure.body.keywords]
    concepts = [
        _concept(field, procedure.field_name or procedure.field_code),
        _concept(status, "còn hiệu lực" if procedure.status == "in_force" else "đã bãi bỏ"),
        *(_concept(id_, id_.rsplit("-", 1)[-1]) for id_ in audiences),
    ]
    return [
        {key: value for key, value in service.items() if value != []},
        *agencies,
        *evidence,
        *outputs,
        *channels,
        *costs,
        rule,
        *laws,
        *concepts,
    ]


def _description(procedure: Procedure) -> str:
    summary = procedure.citizen_text.summary if procedure.citizen_text else ""
    return summary or procedure.body.description or procedure.title


def _agencies(procedure: Procedure, base: str) -> list[Node]:
    named = procedure.body.agencies
    names = named.competent or named.performing or (procedure.decision.agency,)
    return [
        {
            "@id": f"{base}/v1/public-services/agencies#{quote(name)}",
            "@type": "cv:PublicOrganisation",
            "dct:identifier": name,
            "dct:title": _vi(name),
            "skos:prefLabel": _vi(name),
            "dct:spatial": {"@id": _VIETNAM},
        }
        for name in dict.fromkeys(names)
    ]


def _evidence(procedure: Procedure, address: str) -> list[Node]:
    return [
        {
            "@id": f"{address}#paper-{case.key}-{paper.key}",
            "@type": "cv:Evidence",
            "dct:identifier": f"{procedure.code}/{case.key}/{paper.key}",
            "dct:title": _vi(paper.name),
        }
        for case in procedure.body.cases
        for paper in case.papers
    ]


def _outputs(procedure: Procedure, address: str) -> list[Node]:
    return [
        {
            "@id": f"{address}#result-{each.key}",
            "@type": "cv:Output",
            "dct:identifier": each.code or f"{procedure.code}/{each.key}",
            "dct:title": _vi(each.title),
        }
        for each in procedure.body.results
    ]


def _channel(channel: Channel, address: str) -> Node:
    node: Node = {
        "@id": f"{address}#channel-{channel.key}",
        "@type": "cv:Channel",
        "dct:identifier": f"{address}#channel-{channel.key}",
    }
    lasts = [found for each in channel.options if (found := _duration(each))]
    if len(lasts) == 1:  # several depend on the case, and one may be said
        node["cv:processingTime"] = {"@type": "xsd:duration", "@value": lasts[0]}
    return node


def _duration(option: TimeOption) -> str:
    if option.value is None:
        return ""
    if option.unit == "working_hour":
        return f"PT{option.value}H"
    unit = _DAYS.get(option.unit)
    return f"P{option.value}{unit}" if unit else ""


def _costs(procedure: Procedure, address: str) -> list[Node]:
    """Return every fee with its channel. What a Council sets has no value: it is not free."""
    return [
        _cost(fee, f"{address}#cost-{channel.key}-{option.key}-{fee.key}", address, channel)
        for channel in procedure.body.channels
        for option in channel.options
        for fee in option.fees
    ]


def _cost(fee: Fee, id_: str, address: str, channel: Channel) -> Node:
    node: Node = {
        "@id": id_,
        "@type": "cv:Cost",
        "dct:identifier": id_,
        "cv:ifAccessedThrough": {"@id": f"{address}#channel-{channel.key}"},
    }
    if fee.amount_vnd is not None:
        node["cv:hasValue"] = {"@type": "xsd:double", "@value": str(fee.amount_vnd)}
        node["cv:currency"] = {"@id": _DONG}
    if fee.condition or fee.kind == "set_by_province":
        node["dct:description"] = _vi(fee.condition or "Do Hội đồng nhân dân cấp tỉnh quy định")
    return node


def _rule(procedure: Procedure, address: str) -> Node:
    steps = [step for group in procedure.body.steps for step in group.steps]
    return {
        "@id": f"{address}#rule",
        "@type": "cpsv:Rule",
        "dct:identifier": f"{procedure.code}/{procedure.revision}",
        "dct:title": _vi(procedure.title),
        "dct:description": _vi(" ".join(steps) or procedure.body.requirements or procedure.title),
        "dct:language": {"@id": _VIETNAMESE},
    }


def _laws(procedure: Procedure, base: str) -> list[Node]:
    numbers = [each.number for each in procedure.body.legal_bases] or [procedure.decision.number]
    return [
        {
            "@id": f"{base}/v1/public-services/laws#{quote(number)}",
            "@type": "eli:LegalResource",
            "dct:identifier": number,
        }
        for number in dict.fromkeys(numbers)
    ]


def _concept(id_: str, label: str) -> Node:
    return {"@id": id_, "@type": "skos:Concept", "skos:prefLabel": _vi(label)}


def _vi(text: str) -> Node:
    return {"@language": "vi", "@value": text}


def _to(nodes: Iterable[Node]) -> list[Node]:
    return [{"@id": node["@id"]} for node in nodes]


def _links(ids: Iterable[str]) -> list[Node]:
    return [{"@id": id_} for id_ in ids]
