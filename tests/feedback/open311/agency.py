"""An agency's own Open311 server, as small as can be: what a council runs beside FixMyStreet."""

from urllib.parse import parse_qs

import httpx


class Agency311:
    """Answers by its mood: `well`, `slow` (tokens), `away` (503), `unwilling` (400)."""

    def __init__(self, mood: str) -> None:
        self.mood = mood
        self.posted: list[dict[str, str]] = []
        self.updates: list[dict[str, str]] = []
        self._numbers: dict[str, str] = {}
        self._asked: set[str] = set()

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.mood == "away":
            return httpx.Response(503, json=[{"code": 503, "description": "maintenance"}])
        if self.mood == "unwilling":
            return httpx.Response(400, json=[{"code": 400, "description": "service_code"}])
        call = request.url.path.rpartition("/v2/")[2]
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if call == "requests.json":
            number = self._number(request.headers["Idempotency-Key"], form)
            answer = {"token": f"t {number}"} if self.mood == "slow" else {}
            return httpx.Response(201, json=[answer or {"service_request_id": int(number)}])
        if call == "servicerequestupdates.json":
            self.updates.append(form)
            return httpx.Response(200, json=[{"update_id": form["update_id"]}])
        token = call.removeprefix("tokens/").removesuffix(".json")
        known = token in self._asked
        self._asked.add(token)
        number = token.removeprefix("t ") if known else ""
        return httpx.Response(200, json=[{"token": token, "service_request_id": number}])

    def _number(self, key: str, form: dict[str, str]) -> str:
        if key not in self._numbers:
            self.posted.append(form)
        return self._numbers.setdefault(key, str(7000 + len(self._numbers)))
