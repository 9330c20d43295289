"""The systems that are asked about dossiers: each answers `DossierSystem` outside of transactions.

What a province's one-stop system offers is not published, so the profile asked over HTTP is ours: a
bridge beside that system answers `GET /changes?cursor=` and `GET /dossiers/{code}` with the JSON of
`DossierNews`, and knows us by a bearer token.
"""

from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from backend.kernel import Secret, outside
from backend.kernel.outside import Reach, Unreachable
from contracts.public_services import DossierNews, DossierSystem, SystemAway
from modules.public_services.model.dossiers import normalised
from modules.public_services.model.simulation import Simulation, Simulator

# The operator names the bridge, which may stand where only we reach it.
_REACH: Final = Reach(may_be_private=True, may_be_plain=True, bytes_max=8 * 1024 * 1024)
_OK, _NOTHING = 200, 404


class HttpSystem:
    """Asks a bridge over HTTP. Follows no redirection, and reads no more than 8 MiB."""

    def __init__(self, url: str, token: Secret) -> None:
        self._url, self._token = url.rstrip("/"), token

    async def changes_since(self, cursor: str) -> DossierNews:
        """Return what happened after `cursor`."""
        return await self._asked(f"/changes?cursor={quote(cursor, safe='')}") or DossierNews(
            cursor=cursor
        )

    async def dossier(self, code: str) -> DossierNews:
        """Return one dossier."""
        return await self._asked(f"/dossiers/{quote(normalised(code), safe='')}") or DossierNews()

    async def _asked(self, path: str) -> DossierNews | None:
        headers = {"Authorization": f"Bearer {self._token.reveal()}", "Accept": "application/json"}
        try:
            answer = await outside.ask("GET", f"{self._url}{path}", headers=headers, reach=_REACH)
            if answer.status == _NOTHING:
                return None
            if answer.status != _OK:
                raise SystemAway(f"status {answer.status}")
            return msgspec.json.decode(answer.body, type=DossierNews)
        except (Unreachable, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SystemAway(type(error).__name__) from error


class Silent:
    """A simulated system that does not answer."""

    async def changes_since(self, cursor: str) -> DossierNews:
        """Never answer."""
        raise SystemAway(f"simulated outage, at {cursor!r}")

    async def dossier(self, code: str) -> DossierNews:
        """Never answer."""
        raise SystemAway(f"simulated outage, for {code}")


def system_of(
    simulation: Simulation | None, url: str, token: Secret, now: datetime
) -> DossierSystem | None:
    """Return the system to ask; None where systems tell by themselves."""
    if url:
        return HttpSystem(url, token)
    if simulation is None:
        return None
    if simulation.fault == "outage":
        return Silent()
    return Simulator(
        seed=simulation.seed, since=simulation.since, now=now, owners=simulation.owners
    )
