"""What every store of keys has to do."""

import time
from collections.abc import Callable
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.kms import KeyUnreachable, Kms, NotSealedHere
from backend.kms.versions import LOOKED_UP_SECONDS, RESTS_SECONDS

Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let time pass as stores of keys see it."""
    wall, steady = time.time, time.monotonic
    ahead = 0.0

    def pass_by(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr("time.time", lambda: wall() + ahead)
    monkeypatch.setattr("time.monotonic", lambda: steady() + ahead)
    return pass_by


class KmsConformance:
    """Give `kms`, and `other`: another process before the same keys."""

    @pytest.fixture
    def kms(self) -> Kms:
        raise NotImplementedError

    @pytest.fixture
    def other(self) -> Kms:
        raise NotImplementedError

    def test_what_was_sealed_opens_as_what_it_was_sealed_about(self, kms: Kms) -> None:
        sealed = kms.wrap("one", b"secret", about="a person's number")
        kms.wrap("two", b"", about="")

        assert kms.unwrap("one", sealed, about="a person's number") == b"secret"
        assert b"secret" not in sealed
        assert kms.wrap("one", b"secret", about="a person's number") != sealed
        for key, raw, about in (
            ("one", sealed, "another person's number"),
            ("two", sealed, "a person's number"),
            ("one", sealed[:-1] + bytes([sealed[-1] ^ 1]), "a person's number"),
            ("one", sealed[:20], "a person's number"),
            ("one", b"", "a person's number"),
        ):
            with pytest.raises(NotSealedHere):
                kms.unwrap(key, raw, about=about)

    def test_opening_makes_no_key(self, kms: Kms) -> None:
        sealed = kms.wrap("one", b"secret", about="")

        with pytest.raises(KeyUnreachable):
            kms.unwrap("three", sealed, about="")

    def test_a_p256_key_signs_as_tokens_want_it(self, kms: Kms, other: Kms) -> None:
        reference = kms.create("p256")
        public = cast("EllipticCurvePublicKey", load_der_public_key(other.public(reference)))

        for signer in (kms, other):
            signature = signer.sign(reference, b"said")
            r, s = signature[:32], signature[32:]
            assert len(signature) == 64
            der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            public.verify(der, b"said", ECDSA(SHA256()))

    def test_an_ed25519_key_signs_notes(self, kms: Kms, other: Kms) -> None:
        reference = kms.create("ed25519")
        public = cast("Ed25519PublicKey", load_der_public_key(kms.public(reference)))

        public.verify(other.sign(reference, b"said"), b"said")

    def test_a_key_that_is_gone_is_named(self, kms: Kms) -> None:
        for ask in (kms.public, lambda lost: kms.sign(lost, b"")):
            with pytest.raises(KeyUnreachable, match="lost"):
                ask("file:lost")

    def test_two_processes_have_one_secret(self, kms: Kms, other: Kms) -> None:
        assert kms.mac("index", b"+84912345678") == other.mac("index", b"+84912345678")
        assert kms.mac("other", b"+84912345678") != other.mac("index", b"+84912345678")
        sealed = kms.wrap("sealing", b"secret", about="")
        assert other.unwrap("sealing", sealed, about="") == b"secret"

    def test_a_fresh_version_is_known_everywhere_before_it_is_used(
        self, kms: Kms, other: Kms, later: Later
    ) -> None:
        before, sealed = other.mac("otp", b"code"), other.wrap("sms", b"letter", about="")
        kms.rotate("otp")
        kms.rotate("sms")

        assert kms.mac("otp", b"code") == other.mac("otp", b"code") == before
        later(RESTS_SECONDS + 1)
        after = kms.mac("otp", b"code")
        assert after == other.mac("otp", b"code") != before
        assert other.macs("otp", b"code") == (after, before)
        assert other.unwrap("sms", sealed, about="") == b"letter"
        assert other.unwrap("sms", kms.wrap("sms", b"new", about=""), about="") == b"new"

    def test_the_version_before_the_last_is_forgotten(self, kms: Kms, later: Later) -> None:
        first = kms.wrap("sms", b"letter", about="")
        for _ in range(3):
            kms.rotate("sms")
            later(RESTS_SECONDS + 1)

        with pytest.raises(NotSealedHere):
            kms.unwrap("sms", first, about="")

    def test_a_chain_grows_and_every_digest_is_carried_along(
        self, kms: Kms, other: Kms, later: Later
    ) -> None:
        before = kms.digests("index", b"+84912345678")
        assert before.known == (before.value,)
        assert (other.lengthen("index"), kms.is_in_use("index", 2)) == (2, False)
        later(LOOKED_UP_SECONDS + 1)
        resting = kms.digests("index", b"+84912345678")
        later(RESTS_SECONDS)
        after = kms.digests("index", b"+84912345678")
        kms.lengthen("index")
        later(RESTS_SECONDS + 1)
        last = other.digests("index", b"+84912345678")

        assert (resting.value, after.value) == (before.value, resting.known[1])
        assert kms.is_in_use("index", 3)
        assert [len(digest) for digest in last.known] == [16, 17, 17]
        assert len({digest[-16:] for digest in last.known}) == 3
        assert {kms.carry("index", digest).value for digest in last.known} == {last.value}
        assert last.first == before.value
        for unheard in (b"", b"\x09" + bytes(16), b"\x00" + bytes(16), bytes(32)):
            with pytest.raises(NotSealedHere):
                kms.carry("index", unheard)

    def test_what_a_destroyed_key_has_sealed_is_lost(
        self, kms: Kms, other: Kms, later: Later
    ) -> None:
        sealed = kms.wrap("kek-1", b"secret", about="")
        assert other.unwrap("kek-1", sealed, about="") == b"secret"

        kms.destroy("kek-1")
        later(RESTS_SECONDS)

        for store in (kms, other):
            with pytest.raises(KeyUnreachable):
                store.unwrap("kek-1", sealed, about="")

    def test_what_was_closed_opens_again_by_itself(self, kms: Kms) -> None:
        reference = kms.create("p256")
        public, sealed = kms.public(reference), kms.wrap("one", b"secret", about="")

        kms.close()
        kms.close()

        assert kms.public(reference) == public
        assert kms.unwrap("one", sealed, about="") == b"secret"
