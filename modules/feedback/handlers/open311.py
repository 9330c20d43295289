"""Open311 GeoReport v2 (http://wiki.open311.org/GeoReport_v2) at `/v1/feedback/open311/v2`.

These routes stand in no OpenAPI document of ours: the standard describes them, and programs find
them through `discovery`. The test endpoint answers the same and keeps nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Anyone,
    BadRequest,
    DomainError,
    Injected,
    NotFound,
    Origin,
    Photos,
    Snapshot,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page
from contracts.problem import Fault
from modules.feedback.handlers.parameters import Cursor, Limit
from modules.feedback.model.open311 import (
    Key,
    MadeKey,
    NewKey,
    Sent,
    form_of,
    listed,
    media_type,
    single,
)
from modules.feedback.model.reports import PHOTOS_MAX
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service.open311 import keys, posts, requests, services, updates
from modules.feedback.service.senders import sender

_FRESH: Final = {"Cache-Control": "public, max-age=30"}
_BODY_BYTES_MAX: Final = 52 * 1024 * 1024
_FIELDS_MAX: Final = 100
_MEDIA: Final = ("media", "media[]")
_PARAMETER_MAX: Final = 4000
_NAME_MAX: Final = 60
_ATTRIBUTE: Final = re.compile(r"attribute\[([a-z0-9_-]{1,40})\](?:\[\])?$")


class _DryRun(Exception):
    """What was done on the test endpoint is to be undone."""


async def _listing(
    path: str, call: str, snapshot: Snapshot, request: Request[Any, Any, Any]
) -> Any:
    params = _query(request)
    services.require_jurisdiction(snapshot, params)
    form, name = form_of(path), _name(call)
    match name:
        case "discovery":
            return _answer(path, single(form, name, await services.discovery(snapshot)))
        case "services":
            return _answer(path, listed(form, name, await services.services(snapshot)))
        case "requests":
            found = await requests.asked(snapshot, params)
            return _answer(path, listed(form, "service_requests", found))
        case "servicerequestupdates":
            found = await updates.listed(snapshot, params)
            return _answer(path, listed(form, "service_request_updates", found))
        case _:
            raise NotFound


async def _one(
    path: str, kind: str, item: str, snapshot: Snapshot, request: Request[Any, Any, Any]
) -> Any:
    params = _query(request)
    services.require_jurisdiction(snapshot, params)
    form, name = form_of(path), _name(item)
    match kind:
        case "requests" | "request":
            found = await requests.read(snapshot, name, params)
            return _answer(path, listed(form, "service_requests", found))
        case "tokens":
            found = await requests.token(snapshot, name)
            return _answer(path, listed(form, "service_requests", found))
        case "services":
            definition = await services.definition(snapshot, name)
            return _answer(path, single(form, "service_definition", definition))
        case _:
            raise NotFound


async def _posting(
    path: str, call: str, tx: Transaction, origin: Origin, request: Request[Any, Any, Any]
) -> Any:
    sent, photos = await _sent(request)
    services.require_jurisdiction(tx, sent.params)
    form, name = form_of(path), _name(call)
    match name:
        case "requests":
            who = sender(tx, origin, sent.params.get("device_id") or None)
            made = await posts.post(tx, sent, photos, who)
            return _answer(path, listed(form, "service_requests", made), fresh=False)
        case "servicerequestupdates":
            told = await updates.post(tx, sent.params, photos)
            return _answer(path, listed(form, "service_request_updates", told), fresh=False)
        case _:
            raise NotFound


@get("/open311/v2/{call:str}", guards=[Anyone()], include_in_schema=False)
async def read_open311(
    call: FromPath[str], snapshot: Injected[Snapshot], request: Request[Any, Any, Any]
) -> Any:
    """Answer `discovery`, `services`, `requests` and `servicerequestupdates`."""
    return await _listing(request.url.path, call, snapshot, request)


@get("/open311/v2/{kind:str}/{item:str}", guards=[Anyone()], include_in_schema=False)
async def read_open311_item(
    kind: FromPath[str],
    item: FromPath[str],
    snapshot: Injected[Snapshot],
    request: Request[Any, Any, Any],
) -> Any:
    """Answer `requests/{id}` (and `request/{id}`), `tokens/{token}` and `services/{code}`."""
    return await _one(request.url.path, kind, item, snapshot, request)


@post(
    "/open311/v2/{call:str}",
    guards=[Anyone()],
    status_code=200,
    include_in_schema=False,
    request_max_body_size=_BODY_BYTES_MAX,
)
async def post_open311(
    call: FromPath[str],
    tx: Injected[Transaction],
    origin: Injected[Origin],
    request: Request[Any, Any, Any],
) -> Any:
    """Take `requests` and `servicerequestupdates`."""
    return await _posting(request.url.path, call, tx, origin, request)


@get("/open311-test/v2/{call:str}", guards=[Anyone()], include_in_schema=False)
async def read_open311_test(
    call: FromPath[str], snapshot: Injected[Snapshot], request: Request[Any, Any, Any]
) -> Any:
    """Answer as the real endpoint does."""
    return await _listing(request.url.path, call, snapshot, request)


@get("/open311-test/v2/{kind:str}/{item:str}", guards=[Anyone()], include_in_schema=False)
async def read_open311_test_item(
    kind: FromPath[str],
    item: FromPath[str],
    snapshot: Injected[Snapshot],
    request: Request[Any, Any, Any],
) -> Any:
    """Answer as the real endpoint does."""
    return await _one(request.url.path, kind, item, snapshot, request)


@post(
    "/open311-test/v2/{call:str}",
    guards=[Anyone()],
    status_code=200,
    include_in_schema=False,
    request_max_body_size=_BODY_BYTES_MAX,
)
async def post_open311_test(
    call: FromPath[str],
    tx: Injected[Transaction],
    origin: Injected[Origin],
    request: Request[Any, Any, Any],
) -> Any:
    """Answer as the real endpoint does, and keep nothing."""
    answer: Any = None
    try:
        async with tx.attempt():
            answer = await _posting(request.url.path, call, tx, origin, request)
            raise _DryRun
    except _DryRun:
        return answer
    except DomainError as refusal:
        refusal.event = None
        raise


@get("/config/open311-keys", guards=[requires(CONFIGURE)])
async def list_open311_keys(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Key]:
    """List the programs that file by Open311, or answer for an agency."""
    return await keys.keys(snapshot, cursor, limit)


@post("/config/open311-keys", guards=[requires(CONFIGURE)])
async def make_open311_key(data: JSONBody[NewKey], tx: Injected[Transaction]) -> MadeKey:
    """Give a program a key. It is shown this once."""
    return await keys.make_key(tx, data)


@delete(
    "/config/open311-keys/{key_id:uuid}",
    guards=[requires(CONFIGURE)],
    responses=refuses(NotFound),
)
async def disable_open311_key(key_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Take a program's key away, from its next call on."""
    await keys.disable_key(tx, key_id)


def _name(call: str) -> str:
    """Return what is asked for, without the form in which it is wanted. Raises `NotFound`."""
    name, dot, ending = call.rpartition(".")
    if not dot or ending not in {"json", "xml"}:
        raise NotFound
    return name


def _answer(path: str, body: bytes, *, fresh: bool = True) -> Response[bytes]:
    headers = _FRESH if fresh else {"Cache-Control": "no-store"}
    # Litestar says the charset of text itself.
    kind = media_type(form_of(path)).partition(";")[0]
    return Response(body, media_type=kind, headers=headers)


def _query(request: Request[Any, Any, Any]) -> Mapping[str, str]:
    return {name: _text(name, value) for name, value in request.query_params.items()}


async def _sent(request: Request[Any, Any, Any]) -> tuple[Sent, Photos]:
    """Return what a form says, before what the address says, and the photos that came along."""
    asked = [(name, _text(name, value)) for name, value in request.query_params.multi_items()]
    said: list[tuple[str, str]] = []
    photos: list[bytes] = []
    if request.headers.get("content-type"):
        form = await request.form()
        pairs: Sequence[tuple[str, Any]] = list(form.multi_items())
        for name, value in pairs[:_FIELDS_MAX]:
            if isinstance(value, UploadFile):
                if name in _MEDIA and len(photos) <= PHOTOS_MAX:
                    photos.append(await value.read())
            else:
                said.append((name, _text(name, value)))
        await form.close()
    answers = {**_attributes(asked), **_attributes(said)}
    params = {name: value for name, value in (*asked, *said) if not _ATTRIBUTE.match(name)}
    return Sent(params=params, attributes=answers), Photos(tuple(photos))


def _attributes(pairs: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Return the values given to each attribute, in their order."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        named = _ATTRIBUTE.match(name)
        if named is not None:
            found.setdefault(named[1], []).append(value)
    return found


def _text(name: str, value: Any) -> str:
    text = str(value)
    if len(text) > _PARAMETER_MAX:
        raise BadRequest(errors=[Fault(parameter=name[:_NAME_MAX], code="too_long")])
    return text
