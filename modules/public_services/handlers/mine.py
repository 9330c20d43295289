"""For a person: dossiers and procedures to keep an eye on, and an opinion of how it went."""

from litestar import delete, get, post, put
from litestar.params import JSONBody

from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
    refuses,
    requires,
)
from modules.public_services.errors import (
    NoSuchDossier,
    NoSuchProcedure,
    NotFinished,
    RatingClosed,
    TooManyFavourites,
    TooManyWatches,
)
from modules.public_services.handlers.dossiers import DossierId
from modules.public_services.handlers.parameters import Code
from modules.public_services.model.mine import (
    Favourites,
    Opinion,
    Rating,
    ToWatch,
    Watch,
    WatchedDossiers,
)
from modules.public_services.scopes import FAVOURITES, OWN_DOSSIERS
from modules.public_services.service import mine


@put(
    "/me/dossiers/{dossier_id:uuid}/rating",
    guards=[requires(OWN_DOSSIERS)],
    responses=refuses(NotFound, NotFinished, RatingClosed),
)
async def rate_dossier(
    dossier_id: DossierId, data: JSONBody[Opinion], tx: Injected[Transaction]
) -> Rating:
    """Say how well one of your own dossiers was handled; for 15 days, say it otherwise."""
    return await mine.rate(tx, dossier_id, data)


@get("/me/watches", guards=[requires(OWN_DOSSIERS)])
async def list_watches(snapshot: Injected[Snapshot]) -> WatchedDossiers:
    """List the dossiers of which you are told when they move."""
    return WatchedDossiers(watches=tuple(await mine.watches(snapshot)))


@post(
    "/me/watches",
    guards=[requires(OWN_DOSSIERS)],
    status_code=200,
    responses=refuses(NotFound, NoSuchDossier, TooManyWatches),
)
async def watch_dossier(
    data: JSONBody[ToWatch], tx: Injected[Transaction], tries: Injected[Tries]
) -> Watch:
    """Be told when a dossier moves: one of your own, or one whose code and proof you know.

    Watching it again changes nothing. It ends 30 days after the dossier does.
    """
    return await mine.watch(tx, tries, data)


@delete(
    "/me/watches/{dossier_id:uuid}",
    guards=[requires(OWN_DOSSIERS)],
    responses=refuses(NotFound),
)
async def unwatch_dossier(dossier_id: DossierId, tx: Injected[Transaction]) -> None:
    """Be told of a dossier no more."""
    await mine.unwatch(tx, dossier_id)


@get("/me/favourites", guards=[requires(FAVOURITES)])
async def list_favourites(snapshot: Injected[Snapshot]) -> Favourites:
    """List the procedures that you keep at hand, and which of them have changed since."""
    return Favourites(favourites=tuple(await mine.favourites(snapshot)))


@put(
    "/me/favourites/{code:str}",
    guards=[requires(FAVOURITES)],
    status_code=204,
    responses=refuses(NoSuchProcedure, TooManyFavourites),
)
async def keep_favourite(code: Code, tx: Injected[Transaction]) -> None:
    """Keep a procedure at hand, seen as it is in force today; at most 200."""
    await mine.favour(tx, code)


@delete("/me/favourites/{code:str}", guards=[requires(FAVOURITES)])
async def drop_favourite(code: Code, tx: Injected[Transaction]) -> None:
    """Keep a procedure at hand no longer."""
    await mine.unfavour(tx, code)


ROUTES = (
    rate_dossier,
    list_watches,
    watch_dossier,
    unwatch_dossier,
    list_favourites,
    keep_favourite,
    drop_favourite,
)
