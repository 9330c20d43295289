"""Officers bring a file, a worker reads it, and somebody else publishes it."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller, Client
from modules.public_services.handlers.parameters import UPLOAD_BYTES_MAX
from modules.public_services.scopes import EDIT, PUBLISH
from tests.public_services.conftest import package, raw

IMPORTS = "/v1/public-services/imports"


async def test_officers_bring_and_publish_over_the_wire(
    client: Client,
    as_staff: Callable[..., Caller],
    work: Callable[[], Awaitable[Any]],
) -> None:
    editor, publisher = as_staff("catalogue_editor"), as_staff("catalogue_publisher")
    path = "/v1/public-services/imports?effective_on=2026-01-01&decision=QD1&agency=Bo&name=a.json"
    file = {"content": package(raw()), "headers": {"Content-Type": "application/octet-stream"}}

    brought = await editor.post(path, **file)
    second = await editor.post(path, **file)
    import_id = brought.json()["id"]
    await work()
    read = await editor.get(f"/v1/public-services/imports/{import_id}")
    planned = await editor.get(f"/v1/public-services/imports/{import_id}/changes")
    forbidden = await editor.post(
        f"/v1/public-services/imports/{import_id}/application", json={"left_out": []}
    )
    applied = await publisher.post(
        f"/v1/public-services/imports/{import_id}/application", json={"left_out": []}
    )

    assert (brought.status_code, second.status_code) == (202, 409)
    assert (read.json()["state"], planned.json()["items"][0]["change"]) == ("ready", "new")
    assert (forbidden.status_code, applied.json()["state"]) == (403, "applied")
    assert EDIT.roles != PUBLISH.roles


async def test_a_large_file_is_let_in_as_promised_and_a_larger_one_is_not(
    client: Client, as_staff: Callable[..., Caller], work: Callable[[], Awaitable[list[str]]]
) -> None:
    editor = as_staff("catalogue_editor")
    path = f"{IMPORTS}?effective_on=2026-01-02&decision=QD2&agency=Bo&name=large.csv"
    before = (await client.get("/v1/public-services/snapshot")).content
    file = {"Content-Type": "application/octet-stream"}
    table = b"code,title,levels,field,audiences\n1.000009,A,commune,B,citizen,"

    brought = await editor.post(path, content=table + b"x" * 12_000_000, headers=file)
    larger = {**file, "Content-Length": str(UPLOAD_BYTES_MAX + 1)}
    refused = await editor.post(path, content=b"x", headers=larger)
    outcomes = await work()
    read = await editor.get(f"{IMPORTS}/{brought.json()['id']}")
    findings = await editor.get(f"{IMPORTS}/{brought.json()['id']}/findings")

    assert (brought.status_code, refused.status_code) == (202, 413)
    assert set(outcomes) == {"done"}
    assert (read.json()["state"], findings.json()["items"][0]["place"]) == ("rejected", "2")
    assert (await client.get("/v1/public-services/snapshot")).content == before
