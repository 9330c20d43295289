"""The baselines: ASGI applications with no framework, doing what a request of ours does.

`/a/…` sends the same statements in the same transaction as our house, `/c/…` also checks the
signature of a proof, `/b/…` sends only the one statement that is of use, and `/m/…` answers from
memory. What lies between them and us is what the house costs.
"""

import os
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from backend.kernel import new_id
from backend.kernel.pool import Pool
from backend.kernel.statements import Statement
from tests.bench import rows

Handler = Callable[["Any", "Any"], Awaitable[bytes]]

_BEGIN_READ: Final = "begin isolation level repeatable read, read only"
_BEGIN_WRITE: Final = "begin"

_ES256: Final = ECDSA(SHA256())
_BY_ID: Final = f"select {rows.COLUMNS} from bench.note where id = $1"
_NEWEST: Final = f"""
    select {rows.COLUMNS} from bench.note
     where is_public
     order by written_at desc, id desc
     limit $1
"""
_PLACE: Final = "select code, name, kind, parent_code from bench.place where code = $1"
_PLACES: Final = "select code, name, kind, parent_code from bench.place limit 10000"
_PROCEDURE: Final = """
    select procedure.id, procedure.code, procedure.base_code, procedure.abolished_on,
           version.id as version_id, version.revision, version.valid_from, version.valid_to,
           version.title, version.levels, version.kind, version.field_code, version.field_name,
           version.audiences, version.online_level, version.channels, version.free,
           version.body::text as body,
           decision.number, decision.agency, words.plain_title, words.summary, words.situations
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
      join public_services.publishing_decision as decision on decision.id = version.decision_id
      left join public_services.citizen_text as words on words.procedure_no = procedure.no
     where procedure.code = $1 and daterange(version.valid_from, version.valid_to) @> current_date
"""
_INSERT: Final = f"""
    insert into bench.note (id, owner_id, commune_code, title, text, written_at)
    values ($1, $2, $3, $4, $5, $6)
    returning {rows.COLUMNS}
"""


def _published() -> str:
    """Return the house's own text for telling an event."""
    return next(each.sql for each in Statement.register if "into kernel.event" in each.sql)


class Bare:
    """What the baselines share: the pools, the key, the places."""

    def __init__(self) -> None:
        self.walled: Pool
        self.plain: Pool
        self.places: dict[str, bytes] = {}
        self.key: Any = load_pem_public_key(os.environ["BENCH_PUBLIC_PEM"].encode())
        self.sessions: dict[bytes, str] = {}
        self.publish = _published()

    async def start(self) -> None:
        size = int(os.environ.get("BENCH_POOL", "10"))
        self.walled = Pool(os.environ["BENCH_RUNTIME_URL"], size=size)
        self.plain = Pool(os.environ["BENCH_PLAIN_URL"], size=size)
        connection = await self.plain.take()
        for record in await connection.fetch(_PLACES):
            self.places[record["code"]] = _json(record)
        self.plain.give(connection)

    async def stop(self) -> None:
        await self.walled.close()
        await self.plain.close()

    # A: the statements of the house

    async def same_read(self, scope: Any, _: Any) -> bytes:
        connection = await self.walled.take()
        await connection.execute(f"{_BEGIN_READ}; {self._enter(scope, 'null')}")
        record = await connection.fetchrow(_BY_ID, UUID(_last(scope)))
        await connection.execute("commit")
        self.walled.give(connection)
        return _json(record)

    async def same_list(self, scope: Any, _: Any) -> bytes:
        limit = int(scope["query_string"].partition(b"limit=")[2])
        connection = await self.walled.take()
        await connection.execute(_BEGIN_READ)
        records = await connection.fetch(_NEWEST, limit + 1)
        await connection.execute("commit")
        self.walled.give(connection)
        return _page(records[:limit])

    async def same_create(self, scope: Any, receive: Any) -> bytes:
        body = (await receive())["body"]
        draft = msgspec.json.decode(body)
        key = _header(scope, b"idempotency-key")
        now = datetime.now(UTC)
        connection = await self.walled.take()
        claimed = _literal(sha256(b"citizen" + key).digest())
        claim = (
            "insert into kernel.idempotency (digest, fingerprint, created_at)"
            f" values ({claimed}, {_literal(sha256(body).digest())}, '{now.isoformat()}')"
        )
        enter = self._enter(scope, _literal(sha256(_header(scope, b"dpop")).digest()))
        await connection.execute(f"{_BEGIN_WRITE}; {claim}; {enter}")
        record: Any = await connection.fetchrow(
            _INSERT, new_id(now), rows.OWNER, *_drafted(draft), now
        )
        event = {"type": "bench.note-written.v1", "note_id": str(record["id"])}
        await connection.execute(
            self.publish, [new_id(now)], [event["type"]], [event["note_id"]], [event], "", now
        )
        answer = _json(record)
        keep = f"update kernel.idempotency set answer = {_literal(answer)} where digest = {claimed}"
        await connection.execute(f"{keep}; commit")
        self.walled.give(connection)
        return answer

    def _enter(self, scope: Any, proof: str) -> str:
        """Return what identity asks first; what a token says is remembered, as identity does."""
        token = _header(scope, b"authorization")
        session = self.sessions.get(token)
        if session is None:
            body: Any = token.split(b".")[1]
            session = msgspec.json.decode(urlsafe_b64decode(body + b"=="))["sid"]
            self.sessions[token] = session
        moment = datetime.now(UTC).isoformat()
        return f"select where identity.enter_session('{session}', {proof}, false, '{moment}')"

    # A with the signature of the proof checked

    async def checked_read(self, scope: Any, receive: Any) -> bytes:
        self._check(scope)
        return await self.same_read(scope, receive)

    async def checked_create(self, scope: Any, receive: Any) -> bytes:
        self._check(scope)
        return await self.same_create(scope, receive)

    def _check(self, scope: Any) -> None:
        signed, _, signature = _header(scope, b"dpop").rpartition(b".")
        raw = urlsafe_b64decode(signature + b"==")
        pair = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        self.key.verify(encode_dss_signature(*pair), signed, _ES256)

    # B: the one statement that is of use

    async def plain_read(self, scope: Any, _: Any) -> bytes:
        connection = await self.plain.take()
        record = await connection.fetchrow(_BY_ID, UUID(_last(scope)))
        self.plain.give(connection)
        return _json(record)

    async def plain_list(self, scope: Any, _: Any) -> bytes:
        limit = int(scope["query_string"].partition(b"limit=")[2])
        connection = await self.plain.take()
        records = await connection.fetch(_NEWEST, limit + 1)
        self.plain.give(connection)
        return _page(records[:limit])

    async def plain_create(self, _: Any, receive: Any) -> bytes:
        draft = msgspec.json.decode((await receive())["body"])
        connection = await self.plain.take()
        now = datetime.now(UTC)
        record = await connection.fetchrow(_INSERT, uuid4(), rows.OWNER, *_drafted(draft), now)
        self.plain.give(connection)
        return _json(record)

    async def plain_place(self, scope: Any, _: Any) -> bytes:
        connection = await self.plain.take()
        record = await connection.fetchrow(_PLACE, _last(scope))
        self.plain.give(connection)
        return _json(record)

    async def plain_procedure(self, scope: Any, _: Any) -> bytes:
        connection = await self.plain.take()
        record: Any = await connection.fetchrow(_PROCEDURE, _last(scope))
        self.plain.give(connection)
        return msgspec.json.encode({**record, "body": msgspec.Raw(record["body"].encode())})

    async def remembered_place(self, scope: Any, _: Any) -> bytes:
        return self.places[_last(scope)]


def _literal(raw: bytes) -> str:
    return f"'\\x{raw.hex()}'"


def _json(record: Any) -> bytes:
    return msgspec.json.encode(dict(record))


def _page(records: Any) -> bytes:
    return msgspec.json.encode({"items": [dict(each) for each in records], "next_cursor": "x"})


def _drafted(draft: dict[str, str]) -> tuple[str, str, str]:
    return draft["commune_code"], draft["title"], draft["text"]


def _last(scope: Any) -> str:
    return scope["path"].rpartition("/")[2]


def _header(scope: Any, wanted: bytes) -> bytes:
    return next(value for name, value in scope["headers"] if name == wanted)


def application() -> Callable[..., Awaitable[None]]:
    bare = Bare()
    handlers: dict[str, tuple[int, Handler]] = {
        "/a/read/": (200, bare.same_read),
        "/a/list/": (200, bare.same_list),
        "/a/make/": (201, bare.same_create),
        "/c/read/": (200, bare.checked_read),
        "/c/make/": (201, bare.checked_create),
        "/b/read/": (200, bare.plain_read),
        "/b/list/": (200, bare.plain_list),
        "/b/make/": (201, bare.plain_create),
        "/b/unit/": (200, bare.plain_place),
        "/b/proc/": (200, bare.plain_procedure),
        "/m/unit/": (200, bare.remembered_place),
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(bare, receive, send)
            return
        status, handler = handlers[scope["path"][:8]]
        body = await handler(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


async def _live(bare: Bare, receive: Any, send: Any) -> None:
    await receive()
    await bare.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await bare.stop()
    await send({"type": "lifespan.shutdown.complete"})
