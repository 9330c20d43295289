"""What was loaded, and what it adds up to."""

from backend.kernel import Snapshot
from modules.territory.errors import UnknownDataset
from modules.territory.model.datasets import Datasets
from modules.territory.model.units import Register
from modules.territory.repository import datasets as repository
from modules.territory.service.gazetteer import Gazetteer


async def listed(snapshot: Snapshot, gazetteer: Gazetteer) -> Datasets:
    """Return the latest loadings, newest first, and the version of all units together."""
    return Datasets(
        units_version=gazetteer.version, loaded=tuple(await repository.listed(snapshot))
    )


def content(gazetteer: Gazetteer, version: str) -> Register:
    """Return all units and handovers served. Raises `UnknownDataset` but for the current one."""
    if version != gazetteer.version:
        raise UnknownDataset(units_version=gazetteer.version)
    return Register(units=gazetteer.atlas.units, handovers=gazetteer.atlas.handovers)
