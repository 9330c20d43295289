"""Where a point lies, if the operator has brought boundaries; without them nobody knows."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from random import Random
from typing import Final

from backend.kernel import Memory, Snapshot, Transaction
from contracts.territory import DatasetChanged, PointAnswer
from modules.territory.errors import NoBoundaries
from modules.territory.model.atlas import Atlas
from modules.territory.model.boundaries import (
    Extent,
    Feature,
    FeatureCollection,
    MultiPolygon,
    Place,
    Properties,
    Territory,
    faults,
    outline,
    read,
)
from modules.territory.model.datasets import Dataset, Provenance
from modules.territory.model.tables import Unfit
from modules.territory.model.units import Unit, UnitLevel
from modules.territory.repository import boundaries as repository
from modules.territory.repository import datasets
from modules.territory.repository.datasets import Newest
from modules.territory.service.gazetteer import Gazetteer, gazetteer

_SAMPLE: Final = 10_000
_OVERLAP_MAX: Final = 0.001


async def _version(snapshot: Snapshot) -> Newest:
    return await datasets.newest(snapshot, "boundaries")


_SETS = Memory(build=datasets.boundaries, version=_version, check_seconds=60)


async def at_point(snapshot: Snapshot, gazetteer: Gazetteer, place: Place, on: date) -> PointAnswer:
    """Return the communes that hold a point on that day; it is neither kept nor logged."""
    sets = _right_on(await snapshot.recall(_SETS), on)
    if not sets:
        return PointAnswer(outcome="unknown")
    found = await repository.at_point(snapshot, place, [each.version for each in sets.values()])
    days = {each.version: each.as_of for each in sets.values()}
    units = [_same_since(gazetteer.atlas, each.code, days[each.dataset], on) for each in found]
    known = [unit for unit in units if unit is not None]
    if len(known) < len(units):
        return PointAnswer(outcome="unknown")  # the boundaries are of units that are no more
    if not known:
        is_complete = all(province in sets for province in gazetteer.provinces)
        return PointAnswer(outcome="outside" if is_complete else "unknown")
    return PointAnswer(
        outcome="one" if len(known) == 1 else "several",
        communes=tuple(unit.as_commune() for unit in known),
    )


def _right_on(sets: Sequence[Dataset], on: date) -> Mapping[str, Dataset]:
    """Return the latest set of each province that is not of a later day."""
    right: dict[str, Dataset] = {}
    for each in sets:
        if each.as_of <= on and each.province_code is not None:
            right.setdefault(each.province_code, each)
    return right


def _same_since(atlas: Atlas, code: str, since: date, on: date) -> Unit | None:
    """Return the bearer of the code on that day if it bore it already when it was measured."""
    unit = atlas.in_force(code, on)
    return unit if unit is not None and unit.is_in_force(since) else None


async def drawn(
    snapshot: Snapshot, gazetteer: Gazetteer, province: str, on: date
) -> FeatureCollection:
    """Return coarse boundaries of a province for a map. Raises `NoBoundaries`."""
    dataset = _right_on(await snapshot.recall(_SETS), on).get(province)
    if dataset is None:
        raise NoBoundaries
    names = {unit.code: unit.name for unit in gazetteer.atlas.units if unit.is_in_force(on)}
    return FeatureCollection(
        version=dataset.version,
        as_of=dataset.as_of,
        source=dataset.source,
        licence=dataset.licence,
        features=[
            Feature(
                properties=Properties(code=each.code, name=names.get(each.code, "")),
                geometry=MultiPolygon(coordinates=each.coordinates),
            )
            for each in await repository.outlines(snapshot, dataset.version)
        ],
    )


async def load(
    tx: Transaction,
    geojson: bytes,
    code_property: str,
    provenance: Provenance,
    extents: Sequence[Extent],
) -> int:
    """Take boundaries as of a day, all or nothing; return of how many communes.

    Raises `Unfit`; then the boundaries are as they were before.
    """
    await datasets.lock(tx)
    territories = read(geojson, code_property)
    on = provenance.as_of
    communes = _communes_of(await gazetteer(tx), territories, on)
    province = communes[0].province_code
    extent = next((each for each in extents if each.province_code == province), None)
    if extent is None:
        raise Unfit([f"nothing is known of the extent of province {province}"])
    found = faults(territories, [commune.code for commune in communes], extent)
    if found:
        raise Unfit(found)
    version = sha256(geojson + str(on).encode()).hexdigest()
    if await datasets.find(tx, version) is not None:
        raise Unfit(["this very file is loaded already"])
    await datasets.add(tx, "boundaries", version, provenance, province)
    await repository.add(tx, version, territories, [outline(each) for each in territories])
    await _require_apart(tx, version, extent)
    await tx.publish(DatasetChanged(register="boundaries", version=version, as_of=on))
    return len(territories)


def _communes_of(gazetteer: Gazetteer, territories: Sequence[Territory], on: date) -> list[Unit]:
    """Return the communes of the province that the file is of: that of its first known code."""
    atlas = gazetteer.atlas
    known = (atlas.in_force(territory.code, on) for territory in territories)
    first = next((unit for unit in known if unit is not None), None)
    if first is None:
        raise Unfit([f"no code in it is one of a commune on {on}"])
    return [
        unit
        for unit in atlas.units
        if unit.level is UnitLevel.COMMUNE
        and unit.province_code == first.province_code
        and unit.is_in_force(on)
    ]


async def _require_apart(tx: Transaction, version: str, extent: Extent) -> None:
    random = Random(version)  # noqa: S311 - the same file is judged the same each time
    lons = [random.uniform(extent.west, extent.east) for _ in range(_SAMPLE)]
    lats = [random.uniform(extent.south, extent.north) for _ in range(_SAMPLE)]
    points = await repository.overlap(tx, version, lons, lats)
    if points > _SAMPLE * _OVERLAP_MAX:
        raise Unfit([f"{points} of {_SAMPLE} random points lie in two communes"])
