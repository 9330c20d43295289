"""Secrets are planted in every endpoint, and looked for wherever something could leak.

A number, a phone, a token, a name and a place go into each path, query, header and body of each
operation, by strangers and by people who are signed in; then refusals, logs, figures and the rows
of events and work are searched. What an endpoint rightly keeps and gives back is no leak, so
answers below 400 are not searched.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY, generate_latest

from backend.gateway.logs import Journal, configure
from backend.host.shapes import Document
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.testing import Caller
from backend.testing.callers import Client

PLANTED = (
    "038200001234",
    "0912345678",
    "eyJhbGciOiJFUzI1NiJ9",
    "Nguyễn Thị Bưởi",
    "19.8067,105.7852",
)


@pytest.fixture(scope="module")
def log() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture(scope="module")
def journal(log: io.BytesIO) -> Journal:
    return Journal(log)


def planted_in(document: Document, secret: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return method, path and arguments of requests that carry the secret, place by place."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            named = {each["name"]: each["in"] for each in operation.get("parameters", ())}
            filled = path
            for name, place in named.items():
                filled = filled.replace(f"{{{name}}}", secret if place == "path" else "")
            query = {name: secret for name, place in named.items() if place == "query"}
            headers = {name: secret.encode() for name, place in named.items() if place == "header"}
            yield method, filled, {"params": query, "headers": headers}
            yield method, filled, {"params": {secret: secret}}
            if "requestBody" in operation:
                yield from bodies(document, operation, method, filled, secret)


def bodies(
    document: Document, operation: Document, method: str, path: str, secret: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    contents = operation["requestBody"]["content"]
    schema = contents.get("application/json", {}).get("schema", {})
    shape = document["components"]["schemas"].get(schema.get("$ref", "").split("/")[-1], {})
    members = dict.fromkeys(shape.get("properties", {}), secret)
    for body in (members, {**members, secret: secret}, [secret], secret):
        yield method, path, {"json": body}
    yield method, path, {"data": {"data": secret, secret: secret}}
    yield method, path, {"files": {secret: (secret, secret.encode(), "image/jpeg")}}
    yield (
        method,
        path,
        {
            "content": secret.encode(),
            "headers": {"content-type": "application/json"},
        },
    )


async def test_no_secret_leaves_by_a_refusal_a_log_a_figure_or_a_row_of_work(
    modules: Sequence[Module],
    client: Client,
    as_citizen: Any,
    as_staff: Any,
    connection: Connection,
    log: io.BytesIO,
    journal: Journal,
) -> None:
    configure(journal)
    document = (await client.get("/v1/openapi.json")).json()
    scopes = [scope for module in modules for scope in module.scopes]
    citizen: Caller = as_citizen(*(scope for scope in scopes if "citizen" in scope.kinds))
    officer: Caller = as_staff(*sorted({role for scope in scopes for role in scope.roles}))
    refusals: list[str] = []

    for secret in PLANTED:
        for method, path, more in planted_in(document, secret):
            for send in (client.request, citizen.send, officer.send):
                told = await send(method.upper(), path, **more)
                if told.status_code >= 400:
                    refusals.append(f"{told.text} {told.headers}")
    journal.flush()

    rows = await connection.fetch(
        "select work::text as row from kernel.work as work"
        " union all select event::text from kernel.event as event"
    )
    assert len(refusals) > 1000
    for secret in PLANTED:
        assert [told for told in refusals if secret in told] == []
        assert secret.encode() not in log.getvalue()
        assert secret.encode() not in generate_latest(REGISTRY)
        assert [row["row"] for row in rows if secret in row["row"]] == []
    assert b'"event":"answered"' in log.getvalue()  # so the log was looked at
