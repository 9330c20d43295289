"""The Python client against a running house: `python smoke.py URL PDF`, the client on the path.

Everything that an integrator writes by hand is here: a key, a token, and the proof of each request.
"""

import json
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tinhs_client import Client
from tinhs_client.api.documents import verify_file
from tinhs_client.api.feedback import file_report, list_own_reports, read_report, withdraw_report
from tinhs_client.models import (
    DocumentsVerdict,
    FeedbackFiled,
    FeedbackFiling,
    FeedbackOwnItemPage,
    FeedbackOwnReport,
    Problem,
)
from tinhs_client.types import File


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Dpop(httpx.Auth):
    """Shows that each request comes from the device whose token it bears (RFC 9449)."""

    def __init__(self, url: str) -> None:
        self._key = generate_private_key(SECP256R1())
        point = self._key.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": text(point.x.to_bytes(32, "big")),
            "y": text(point.y.to_bytes(32, "big")),
        }
        wish = {"as": "citizen", "jwk": self.jwk}
        self._token = httpx.post(f"{url}/dev/login", json=wish).json()["access_token"]
        self._nonce = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for _ in range(2):
            request.headers["Authorization"] = f"DPoP {self._token}"
            request.headers["DPoP"] = self._proof(request)
            answer = yield request
            self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
            if "use_dpop_nonce" not in answer.headers.get("WWW-Authenticate", ""):
                return

    def _proof(self, request: httpx.Request) -> str:
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        claims = {
            "jti": str(uuid4()),
            "htm": request.method,
            "htu": str(request.url.copy_with(query=None)),
            "iat": int(time.time()),
            "ath": text(sha256(self._token.encode()).digest()),
            "nonce": self._nonce,
        }
        signed = ".".join(text(json.dumps(part).encode()) for part in (head, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def reports(client: Client) -> None:
    """File two, turn a page, be too late, and take one back."""
    filing = FeedbackFiling(
        category="roads", text="Ổ gà lớn giữa ngã tư, gửi từ bộ SDK Python.", commune_code="14797"
    )
    filed = [
        file_report.sync(client=client, body=filing, idempotency_key=str(uuid4())) for _ in range(2)
    ]
    assert all(isinstance(each, FeedbackFiled) for each in filed), filed
    first = list_own_reports.sync(client=client, limit=1)
    assert isinstance(first, FeedbackOwnItemPage), first
    assert first.next_cursor, first
    second = list_own_reports.sync(client=client, limit=1, cursor=first.next_cursor)
    assert isinstance(second, FeedbackOwnItemPage), second
    assert {first.items[0].id, second.items[0].id} == {each.id for each in filed}
    (mine, *_) = filed
    late = withdraw_report.sync_detailed(mine.id, client=client, if_match='"9"')
    assert late.status_code == 412, late
    assert isinstance(late.parsed, Problem), late
    assert late.parsed["current_version"] == mine.version, late.parsed
    nothing = read_report.sync(UUID(int=7), client=client)
    assert isinstance(nothing, Problem), nothing
    assert nothing.type_.endswith("/problems/kernel/not-found"), nothing
    gone = withdraw_report.sync(mine.id, client=client, if_match=f'"{mine.version}"')
    assert isinstance(gone, FeedbackOwnReport), gone
    assert gone.state == "withdrawn", gone
    sys.stdout.write(f"  python: {mine.code} filed, paged, 412 at a stale version, withdrawn\n")


def documents(client: Client, pdf: bytes) -> None:
    """Ask whether a file is genuine, and again after one byte of it was changed."""
    middle = len(pdf) // 2
    changed = pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]
    genuine, altered = [
        verify_file.sync(client=client, body=File(payload=BytesIO(raw))) for raw in (pdf, changed)
    ]
    assert isinstance(genuine, DocumentsVerdict), genuine
    assert isinstance(altered, DocumentsVerdict), altered
    assert (genuine.verdict, altered.verdict) == ("VALID", "INVALID")
    told = f"{genuine.document.code} is {genuine.verdict}, altered it is {altered.verdict}"
    sys.stdout.write(f"  python: {told}\n")


if __name__ == "__main__":
    _, url, file = sys.argv
    reports(Client(base_url=url, httpx_args={"auth": Dpop(url)}))
    documents(Client(base_url=url), Path(file).read_bytes())
