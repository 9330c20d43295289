"""Providers that take hashes under a transaction's number and are asked for its outcome.

The shape that Vietnamese providers of signatures on phones have in common: the caller's name and
secret go with each request, a person is named by their number, a certificate by its own, and the
signatures are read with the transaction's number, again and again. What they tell by a callback is
told once and may be lost, so none is taken. How one of them spells all that is not in code: see
`Spelling`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from backend.kernel import outside
from backend.kernel.outside import Answer, Ask, Unreachable
from contracts.remote_signing import (
    Begun,
    Credential,
    Credentials,
    HashesSigned,
    HashesToSign,
    Rejected,
    Unanswered,
)
from modules.documents.service.remote.csc import REACH
from modules.documents.settings import DescribedSigner

_KEYS_MAX: Final = 20
_ABOVE_MAX: Final = 7
_HANDLE_MAX: Final = 500
_REFUSED: Final = range(400, 500)
_OURS: Final = {401, 403, 404, 408, 429}
"""What is wrong with us, the address or the hour is no word on the person."""

_Object = dict[str, Any]


class TransactionSigner:
    """Provides `RemoteSigner` for them. A transaction is named by our own `ref`."""

    def __init__(self, name: str, described: DescribedSigner, *, ask: Ask = outside.ask) -> None:
        self.name = name
        self._described = described
        self._spelt = described.spelling
        self._ask = ask

    async def credentials(self, user: str) -> Credentials | Rejected | Unanswered:
        """Return every certificate of the person; whether each counts is another question."""
        try:
            told = await self._told(self._spelt.certificates_path, {self._spelt.user: user})
            found = _list(_inside(told, self._spelt.certificates_at))
            items = tuple(self._credential(user, each) for each in found[:_KEYS_MAX])
        except _Failed as failed:
            return failed.answer
        return Credentials(items=items)

    async def start(self, request: HashesToSign) -> Begun | Rejected | Unanswered:
        """Hand the hashes over, numbered as they stand; the provider asks the person."""
        spelt = self._spelt
        user, _, number = request.credential.partition("/")
        items = [
            {**spelt.item_also, spelt.item_id: str(place), spelt.item_hash: self._written(each)}
            for place, each in enumerate(request.hashes)
        ]
        wanted = {
            spelt.user: user,
            spelt.certificate: number,
            spelt.transaction: request.ref,
            spelt.about: request.about,
            spelt.items: items,
        }
        try:
            told = await self._told(spelt.sign_path, wanted)
            handle = _text(_inside(told, spelt.transaction_at))
        except _Failed as failed:
            return failed.answer
        return Begun(handle=handle) if len(handle) <= _HANDLE_MAX else Unanswered()

    async def poll(
        self, request: HashesToSign, handle: str
    ) -> Begun | HashesSigned | Rejected | Unanswered:
        """Read the transaction's outcome; a second time it is the same."""
        spelt = self._spelt
        path = spelt.outcome_path.replace("{transaction}", quote(handle, safe=""))
        try:
            told = await self._told(path, {spelt.transaction: handle})
            state = _text(_inside(told, spelt.state_at))
            if state in spelt.waiting:
                return Begun(handle=handle)
            if state in spelt.rejected:
                return Rejected()
            if state not in spelt.signed:
                return Unanswered()
            found = _list(_inside(told, spelt.signatures_at))
            given = {
                _text(each.get(spelt.item_id)): _bytes(each.get(spelt.value)) for each in found
            }
        except _Failed as failed:
            return failed.answer
        # One that lacks, or is one too many, is for whoever looks at them to refuse.
        places = [str(place) for place in range(len(request.hashes))]
        return HashesSigned(values=tuple(given[each] for each in places if each in given))

    def _credential(self, user: str, told: _Object) -> Credential:
        spelt = self._spelt
        above = [_bytes(told.get(each)) for each in spelt.above if told.get(each)]
        return Credential(
            id=f"{user}/{_text(told.get(spelt.certificate))}",
            certificates=(_bytes(told.get(spelt.paper)), *above[:_ABOVE_MAX]),
            algorithms=(self._described.algorithm,),
            signatures_max=self._described.signatures_max,
        )

    def _written(self, digest: bytes) -> str:
        return digest.hex() if self._spelt.hashes_as == "hex" else b64encode(digest).decode()

    async def _told(self, path: str, wanted: Mapping[str, Any]) -> _Object:
        spelt, client = self._spelt, self._described
        body = {**wanted, spelt.client: client.client_id, spelt.secret: client.client_secret}
        answer = await self._answered(f"{client.url.rstrip('/')}{path}", body)
        if answer.is_good:
            return _object(answer)
        is_word = answer.status in _REFUSED and answer.status not in _OURS
        raise _Failed(Rejected() if is_word else Unanswered())

    async def _answered(self, url: str, body: Mapping[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        sent = msgspec.json.encode(body)
        try:
            return await self._ask("POST", url, body=sent, headers=headers, reach=REACH)
        except Unreachable as error:
            raise _Failed(Unanswered()) from error


class _Failed(Exception):
    def __init__(self, answer: Rejected | Unanswered) -> None:
        super().__init__(answer)
        self.answer = answer


def _object(answer: Answer) -> _Object:
    try:
        return msgspec.json.decode(answer.body, type=_Object)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Failed(Unanswered()) from error


def _inside(told: _Object, path: str) -> Any:
    """Return what stands at a path of names, such as `data.signatures`; None where nothing does."""
    found: Any = told
    for name in path.split("."):
        if not isinstance(found, dict):
            return None
        found = msgspec.convert(found, _Object).get(name)
    return found


def _list(found: Any) -> list[_Object]:
    try:
        return msgspec.convert(found, list[_Object])
    except msgspec.ValidationError as error:
        raise _Failed(Unanswered()) from error


def _text(found: Any) -> str:
    if not isinstance(found, str) or not found:
        raise _Failed(Unanswered())
    return found


def _bytes(found: Any) -> bytes:
    try:
        return b64decode(_text(found), validate=True)
    except ValueError as error:
        raise _Failed(Unanswered()) from error
