"""What was loaded, and the whole list for phones that hold it offline."""

from litestar import Response, get

from backend.kernel import Anyone, Injected, Snapshot, refuses
from modules.territory.errors import UnknownDataset
from modules.territory.handlers.answers import immutable
from modules.territory.handlers.parameters import Version
from modules.territory.model.datasets import Datasets
from modules.territory.model.units import Register
from modules.territory.service import datasets
from modules.territory.service.gazetteer import gazetteer


@get("/datasets", guards=[Anyone()])
async def list_datasets(snapshot: Injected[Snapshot]) -> Datasets:
    """Read which version of the units is in use, and what was loaded to make it."""
    return await datasets.listed(snapshot, await gazetteer(snapshot))


@get(
    "/datasets/{version:str}/units.json",
    guards=[Anyone()],
    responses=refuses(UnknownDataset),
)
async def read_dataset(version: Version, snapshot: Injected[Snapshot]) -> Response[Register]:
    """Read all units and what became of them: a file that never changes, to be held offline."""
    known = await gazetteer(snapshot)
    return immutable(datasets.content(known, version), version)
