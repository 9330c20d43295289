"""What the authority says of itself: what is there, and nothing more."""

from backend.testing import Client
from backend.testing.callers import BASE_URL


async def test_the_authority_describes_itself_in_both_places(client: Client) -> None:
    server = await client.get("/.well-known/oauth-authorization-server")
    openid = await client.get("/.well-known/openid-configuration")

    document = server.json()
    assert document == openid.json()
    assert document["issuer"] == BASE_URL
    assert (await client.get(document["jwks_uri"])).status_code == 200
    assert "identity:read" in document["scopes_supported"]
    assert document["dpop_signing_alg_values_supported"] == ["ES256"]
    assert document["grant_types_supported"] == [
        "authorization_code",
        "refresh_token",
        "client_credentials",
    ]
    assert document["require_pushed_authorization_requests"] is True
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_the_interface_says_what_its_callers_need(client: Client) -> None:
    resource = (await client.get("/.well-known/oauth-protected-resource/v1")).json()

    assert resource["resource"] == f"{BASE_URL}/v1"
    assert resource["authorization_servers"] == [BASE_URL]
    assert resource["dpop_bound_access_tokens_required"] is True


async def test_who_we_are_is_not_the_callers_to_say(client: Client) -> None:
    answer = await client.get(
        "/.well-known/oauth-authorization-server",
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )

    assert answer.json()["issuer"] == BASE_URL
