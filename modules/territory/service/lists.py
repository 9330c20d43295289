"""Loading official lists: all of a list, or nothing of it."""

from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Final, Literal

import msgspec

from backend.kernel import Transaction
from contracts.territory import DatasetChanged
from modules.territory.model.agencies import (
    AgencyEntry,
    AgencyList,
    CompetenceEntry,
    IdentifierEntry,
)
from modules.territory.model.boundaries import Extent
from modules.territory.model.datasets import Provenance
from modules.territory.model.lists import UnitList, breaches, joined
from modules.territory.model.tables import Unfit, rows_of
from modules.territory.model.units import Entry, Handover
from modules.territory.repository import agencies, datasets, units
from modules.territory.service.gazetteer import register

_SHIPPED: Final = files("modules.territory") / "data"


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `data/shipped.csv`: what comes with the house, and from where."""

    register: Literal["units", "agencies"]
    province_code: str
    as_of: date
    source: str
    licence: str

    @property
    def provenance(self) -> Provenance:
        return Provenance(as_of=self.as_of, source=self.source, licence=self.licence)


async def load_shipped(tx: Transaction) -> None:
    """Load what comes with the house, for `tinhs migrate`; repeating it changes nothing.

    The shipped agencies are a beginning: once there are any, officers and operators keep them.
    """
    for each in rows_of(Shipped, _text("shipped.csv"), name="shipped.csv"):
        if each.register == "units":
            new = shipped_units(each.province_code)
            if await datasets.find(tx, _digest(new)) is None:
                await load_units(tx, new, each.provenance)
        elif (await datasets.newest(tx, "agencies")).loadings == 0:
            await load_agencies(tx, shipped_agencies(each.province_code), each.provenance)


def shipped_units(province: str) -> UnitList:
    """Return the units that come with the house."""
    return unit_list(_text(f"{province}.csv"), _text(f"{province}-succession.csv"))


def shipped_agencies(province: str) -> AgencyList:
    """Return the agencies that come with the house."""
    return agency_list(
        _text(f"{province}-agencies.csv"),
        _text(f"{province}-identifiers.csv"),
        _text(f"{province}-competences.csv"),
    )


def shipped_extents() -> list[Extent]:
    """Return how large the provinces are, of which that is known."""
    return rows_of(Extent, _text("extents.csv"), name="extents.csv")


def unit_list(units_csv: str, succession_csv: str) -> UnitList:
    """Read a list of units from its two files. Raises `Unfit`."""
    return UnitList(
        entries=rows_of(Entry, units_csv, name="units"),
        handovers=rows_of(Handover, succession_csv, name="succession"),
    )


def agency_list(agencies_csv: str, identifiers_csv: str, competences_csv: str) -> AgencyList:
    """Read a list of agencies from its three files. Raises `Unfit`."""
    return AgencyList(
        agencies=rows_of(AgencyEntry, agencies_csv, name="agencies"),
        identifiers=rows_of(IdentifierEntry, identifiers_csv, name="identifiers"),
        competences=rows_of(CompetenceEntry, competences_csv, name="competences"),
    )


async def load_units(tx: Transaction, new: UnitList, provenance: Provenance) -> int:
    """Lay a list over the register; return how many units it named.

    Raises `Unfit`, and nothing has changed.
    """
    await datasets.lock(tx)
    version = await _require_new(tx, new)
    changed = joined(await register(tx), new)
    found = breaches(changed)
    if found:
        raise Unfit(found)
    await units.put(tx, changed.units, changed.handovers)
    await _tell(tx, "units", version, provenance)
    return len(new.entries)


async def load_agencies(tx: Transaction, new: AgencyList, provenance: Provenance) -> int:
    """Add or change the agencies that a list names; return how many. Raises `Unfit`."""
    await datasets.lock(tx)
    version = await _require_new(tx, new)
    await agencies.put(tx, new)
    await _tell(tx, "agencies", version, provenance)
    return len(new.agencies)


async def _require_new(tx: Transaction, new: UnitList | AgencyList) -> str:
    version = _digest(new)
    if await datasets.find(tx, version) is not None:
        raise Unfit(["this very list is loaded already"])
    return version


async def _tell(
    tx: Transaction, changed: Literal["units", "agencies"], version: str, provenance: Provenance
) -> None:
    await datasets.add(tx, changed, version, provenance)
    await tx.publish(DatasetChanged(register=changed, version=version, as_of=provenance.as_of))


def _digest(new: UnitList | AgencyList) -> str:
    return sha256(msgspec.json.encode(new)).hexdigest()


def _text(name: str) -> str:
    return (_SHIPPED / name).read_text(encoding="utf-8")
