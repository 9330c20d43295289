"""What a page of procedures is narrowed to, as addresses that a reader may keep and share."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from modules.public_services.model.answers import Facet

SEARCH = "/procedures"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A value to narrow by, or to leave again when it is chosen."""

    label: str
    count: int
    address: str
    chosen: bool


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one facet."""

    name: str
    choices: tuple[Choice, ...]


def address(chosen: Mapping[str, str], **more: str | None) -> str:
    """Return where a page lies that is narrowed so; None leaves something out."""
    said = {name: value for name, value in {**chosen, **more}.items() if value}
    return f"{SEARCH}?{urlencode(said)}" if said else SEARCH


def offered(facets: Sequence[Facet], chosen: Mapping[str, str]) -> list[Choices]:
    """Return what can be narrowed further; a value that all have in common narrows nothing."""
    found = [
        Choices(name=facet.name, choices=tuple(_choice(facet, chosen, each) for each in range(n)))
        for facet in facets
        if (n := len(facet.buckets)) > 1 or facet.name in chosen
    ]
    return [each for each in found if each.choices]


def _choice(facet: Facet, chosen: Mapping[str, str], place: int) -> Choice:
    bucket = facet.buckets[place]
    is_chosen = chosen.get(facet.name) == bucket.value
    leads_to = {facet.name: None if is_chosen else bucket.value}
    return Choice(
        label=bucket.label,
        count=bucket.count,
        address=address(chosen, **leads_to),
        chosen=is_chosen,
    )
