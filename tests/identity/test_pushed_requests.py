"""A request that is pushed is exactly ours, or refused."""

import pytest

from backend.testing import Client
from tests.identity.phone_app import CALLBACK, NewApp


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}?more=1"}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:9000/cb"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "identity:read root"}, "invalid_scope"),
        ({"request": "e30.e30."}, "invalid_request"),
        ({"request_uri": "https://evil.example/"}, "invalid_request"),
        ({"state": "x" * 513}, "invalid_request"),
        ({"nonce": "\u0007"}, "invalid_request"),
        ({"dpop_jkt": "A" * 43}, "invalid_dpop_proof"),
        ({"dpop_jkt": "?"}, "invalid_request"),
    ],
    ids=str,
)
async def test_a_request_that_is_not_exactly_ours_is_refused(
    new_app: NewApp, changed: dict[str, str], error: str
) -> None:
    app = new_app()

    answer = await app.send("/oauth/par", app.wanted(**changed))

    assert answer.json()["error"] == error, answer.text
    assert answer.status_code == (401 if error == "invalid_client" else 400)


async def test_a_form_is_read_one_way(new_app: NewApp, client: Client) -> None:
    app = new_app()
    twice = "client_id=tinhs-app&client_id=tinhs-app"

    answers = [
        await client.post("/oauth/token", json={"client_id": "tinhs-app"}),
        await client.post("/oauth/token"),
        await client.post(
            "/oauth/token",
            content=twice,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
        await app.token(grant_type="implicit"),
        await app.token(),
    ]

    errors = [answer.json()["error"] for answer in answers]
    assert errors == [
        "invalid_request",
        "invalid_request",
        "invalid_request",
        "unsupported_grant_type",
        "invalid_request",
    ]
    assert {answer.status_code for answer in answers} == {400}


FORM = "application/x-www-form-urlencoded"
REFUSED_BEFORE = [
    ({"Content-Type": "text/plain"}, b"a=b", 415, "invalid_request"),
    ({"Content-Type": FORM}, b"a" * 70_000, 413, "invalid_request"),
    ({"Content-Type": FORM}, b"a=%ff", 400, "invalid_request"),
    ({"Content-Type": FORM, "Authorization": "Basic YTpi"}, b"a=b", 401, "invalid_client"),
]


@pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(("headers", "body", "status", "error"), REFUSED_BEFORE)
async def test_what_the_gateway_refuses_is_told_in_the_words_of_oauth(
    client: Client, path: str, headers: dict[str, str], body: bytes, status: int, error: str
) -> None:
    answer = await client.post(path, content=body, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error_description"].isascii()
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)
