"""The units that this installation serves, kept in the memory of each process."""

from backend.kernel import Memory, Snapshot
from modules.territory.model.atlas import Atlas
from modules.territory.model.lists import Register
from modules.territory.model.search import NameIndex
from modules.territory.repository import datasets
from modules.territory.repository import units as repository
from modules.territory.repository.datasets import Newest
from modules.territory.settings import Settings


class Gazetteer:
    """Units by code and by name. `version` changes whenever an answer could."""

    def __init__(self, register: Register, provinces: tuple[str, ...]) -> None:
        self.atlas = Atlas(register.of(provinces))
        self.names = NameIndex(self.atlas)
        self.provinces = provinces

    @property
    def version(self) -> str:
        return self.atlas.version

    @property
    def home(self) -> str:
        return self.provinces[0]


async def _build(snapshot: Snapshot) -> Gazetteer:
    return Gazetteer(await register(snapshot), snapshot.ask(Settings).provinces)


async def _version(snapshot: Snapshot) -> Newest:
    return await datasets.newest(snapshot, "units")


_GAZETTEER = Memory(build=_build, version=_version, check_seconds=60)


async def gazetteer(snapshot: Snapshot) -> Gazetteer:
    """Return this process's copy: at most a minute behind, and no question to the database."""
    return await snapshot.recall(_GAZETTEER)


async def register(snapshot: Snapshot) -> Register:
    """Return the whole register, also of provinces that are not served."""
    return Register(
        units=await repository.units(snapshot),
        handovers=await repository.handovers(snapshot),
    )
