"""For everybody: the right procedure, in everyday words."""

from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter

from backend.kernel import Anyone, Injected, Snapshot, refuses
from modules.public_services.errors import NoSuchLifeEvent
from modules.public_services.handlers.parameters import (
    FRESH,
    AtLevel,
    ByChannel,
    ForAudience,
    Free,
    InField,
    Limit,
    OfLifeEvent,
)
from modules.public_services.model.answers import Answer, Suggestions
from modules.public_services.model.engine import Filters
from modules.public_services.service import life_events, search


@get("/search", guards=[Anyone()], cache_control=FRESH, responses=refuses(NoSuchLifeEvent))
async def search_procedures(
    snapshot: Injected[Snapshot],
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=500,
            description="Everyday words, a title or a code; with or without marks.",
        ),
    ],
    level: AtLevel = None,
    field: InField = None,
    audience: ForAudience = None,
    channel: ByChannel = None,
    free: Free = None,
    life_event: OfLifeEvent = None,
    limit: Limit = 10,
    explain: Annotated[
        Literal["0", "1"], QueryParameter(description="`1` tells how the question was read.")
    ] = "0",
) -> Answer:
    """Search procedures in force today: typing slips, chat words and missing marks are fine."""
    codes = await life_events.codes(snapshot, life_event)
    filters = Filters(
        level=level, field=field, audience=audience, channel=channel, free=free, codes=codes
    )
    return await search.search(snapshot, q, filters, limit, explains=explain == "1")


@get("/suggestions", guards=[Anyone()], cache_control=FRESH)
async def suggest_procedures(
    snapshot: Injected[Snapshot],
    q: Annotated[
        str, QueryParameter(min_length=1, max_length=100, description="The beginning of a title.")
    ],
) -> Suggestions:
    """Suggest procedures whose title, plain or legal, begins like this; at most eight."""
    return await search.suggest(snapshot, q)


ROUTES = (
    search_procedures,
    suggest_procedures,
)
