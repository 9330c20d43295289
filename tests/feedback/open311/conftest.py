"""Programs with keys, and what they file."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from tests.feedback.open311.asking import HERE, POTHOLE

Act = Callable[..., Awaitable[Any]]


@pytest.fixture
def key_for(as_staff: Callable[..., Caller], clock: Clock) -> Act:
    async def made(**more: Any) -> str:
        clock.advance(minutes=11)
        body = {"name": "FixMyStreet", "contact": "ops@example.org", **more}
        answer = await as_staff("admin").post("/v1/feedback/config/open311-keys", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["key"]

    return made


@pytest.fixture
async def key(key_for: Act) -> str:
    return await key_for()


@pytest.fixture
def file311(client: Client, key: str) -> Act:
    async def filed(ending: str = "json", at: str = HERE, **changes: Any) -> Any:
        form = {**POTHOLE, "api_key": key, **changes}
        form = {name: value for name, value in form.items() if value is not None}
        return await client.post(f"{at}/requests.{ending}", data=form)

    return filed
