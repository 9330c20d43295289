"""What providers have told, and what came of it."""

from typing import Any, Literal

import msgspec

from backend.kernel import Query, Statement

State = Literal["received", "applied", "refused"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a provider."""

    client_id: str
    event_id: str
    told: dict[str, Any]
    state: State
    reason: str | None


RECEIVE = Statement(
    """
    insert into labour_contracts.provider_event (client_id, event_id, told, state, received_at)
    values ($1, $2, $3, 'received', $4)
        on conflict (client_id, event_id) do nothing
    """
)

READ = Query(
    Told,
    """
    select client_id, event_id, told, state, reason
      from labour_contracts.provider_event
     where client_id = $1
       and event_id = $2
    """,
)

LOCK = Query(
    Told,
    """
    select client_id, event_id, told, state, reason
      from labour_contracts.provider_event
     where client_id = $1
       and event_id = $2
       for update
    """,
)

SETTLE = Statement(
    """
    update labour_contracts.provider_event
       set state = $3, reason = $4
     where client_id = $1
       and event_id = $2
    """
)
