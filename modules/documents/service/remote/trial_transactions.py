"""The trial provider once more, as one that is given hashes under a transaction's number."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from cryptography import x509

from modules.documents.service.remote.trial import Reply, Request, TrialProvider
from modules.documents.settings import Spelling

_SPELT: Final = Spelling()
_BAD_REQUEST: Final = 400


class TrialTransactions(TrialProvider):
    """Speaks both; an outcome that was read once is read again, as from those who work so."""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return status and body of what is asked; headers by their names in lower case."""
        start, _, end = _SPELT.outcome_path.partition("{transaction}")
        is_signing = path.endswith(_SPELT.sign_path)
        is_outcome = start in path and path.endswith(end)
        if not (path.endswith(_SPELT.certificates_path) or is_signing or is_outcome):
            return super().answer(method, path, headers, body)
        try:
            asked = msgspec.json.decode(body, type=dict[str, Any])
            if not asked[_SPELT.client] or not asked[_SPELT.secret]:
                raise ValueError
            if is_signing:
                return self._handed_over(asked)
            if is_outcome:
                return self._outcome(asked[_SPELT.transaction])
            return self._certificates(asked[_SPELT.user])
        except (msgspec.MsgspecError, KeyError, ValueError, TypeError):
            return _BAD_REQUEST, b'{"message":"INVALID"}'

    def _certificates(self, user: str) -> Reply:
        known = [] if user.endswith("999999") else [self.paper(user)]
        told = [
            {
                _SPELT.certificate: f"{x509.load_der_x509_certificate(each).serial_number:x}",
                _SPELT.paper: b64encode(each).decode(),
                **{
                    name: b64encode(paper).decode()
                    for name, paper in zip(_SPELT.above, self.above, strict=False)
                },
            }
            for each in known
        ]
        return _told("SUCCESS", user_certificates=told)

    def _handed_over(self, asked: Mapping[str, Any]) -> Reply:
        user, handle = asked[_SPELT.user], str(asked[_SPELT.transaction])
        serial = x509.load_der_x509_certificate(self.paper(user)).serial_number
        if asked[_SPELT.certificate] != f"{serial:x}":
            raise ValueError
        hashes = [bytes.fromhex(each[_SPELT.item_hash]) for each in asked[_SPELT.items]]
        fresh = Request(
            handle=handle,
            credential=f"key-{user}",
            hashes=tuple(b64encode(each).decode() for each in hashes),
            about=str(asked[_SPELT.about]),
            ref=handle,
        )
        self.requests.setdefault(handle, fresh)
        return _told("PENDING", transaction_id=handle)

    def _outcome(self, handle: str) -> Reply:
        request = self.requests[handle]
        if request.said == "nothing":
            return _told("PENDING")
        if request.said == "no":
            return _told("REJECTED")
        values = self.signatures(request)
        given = [
            {_SPELT.item_id: str(place), _SPELT.value: each} for place, each in enumerate(values)
        ]
        return _told("SUCCESS", signatures=given)


def _told(state: str, **told: Any) -> Reply:
    return 200, msgspec.json.encode({_SPELT.state_at: state, "data": told})
