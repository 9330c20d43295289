"""An agency's own Open311 server, as small as can be: what a council runs beside FixMyStreet."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from backend.kernel.outside import Answer


class Agency311:
    """Answers by its mood: `well`, `slow` (tokens), `away` (503), `unwilling` (400)."""

    def __init__(self, mood: str) -> None:
        self.mood = mood
        self.posted: list[dict[str, str]] = []
        self.updates: list[dict[str, str]] = []
        self._numbers: dict[str, str] = {}
        self._asked: set[str] = set()

    async def ask(
        self, method: str, url: str, *, body: bytes, headers: dict[str, str], reach: object
    ) -> Answer:
        """Answer as `backend.kernel.outside.ask` would bring it."""
        status, said = self._answered(url, body, headers.get("Idempotency-Key", ""))
        return Answer(status=status, headers={}, body=msgspec.json.encode(said))

    def _answered(self, url: str, body: bytes, key: str) -> tuple[int, Any]:
        if self.mood == "away":
            return 503, [{"code": 503, "description": "maintenance"}]
        if self.mood == "unwilling":
            return 400, [{"code": 400, "description": "service_code"}]
        call = unquote(urlsplit(url).path).rpartition("/v2/")[2]
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if call == "requests.json":
            number = self._number(key, form)
            answer = {"token": f"t {number}"} if self.mood == "slow" else {}
            return 201, [answer or {"service_request_id": int(number)}]
        if call == "servicerequestupdates.json":
            self.updates.append(form)
            return 200, [{"update_id": form["update_id"]}]
        token = call.removeprefix("tokens/").removesuffix(".json")
        known = token in self._asked
        self._asked.add(token)
        number = token.removeprefix("t ") if known else ""
        return 200, [{"token": token, "service_request_id": number}]

    def _number(self, key: str, form: dict[str, str]) -> str:
        if key not in self._numbers:
            self.posted.append(form)
        return self._numbers.setdefault(key, str(7000 + len(self._numbers)))
