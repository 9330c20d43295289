"""The verdict's rules, with keys of our own and no database: what a kit in a drawer has to say."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import UNSET, UnsetType

from modules.documents.commands import verify
from modules.documents.model import bundle as bundles
from modules.documents.model import certificates, jws, kit, statuses, trusting
from modules.documents.model.bundle import Bundle, Evidence, Revocations, stamps
from modules.documents.model.canonical import canonical
from modules.documents.model.findings import Found, Trust, Verdict
from modules.documents.model.statuses import Status
from modules.documents.model.verdict import judged
from tests.documents.handmade import (
    ANCHOR,
    NOW,
    PHONES,
    SAID,
    STATUS,
    TRUST,
    URI,
    bundle,
    envelope,
    paper,
    party,
    signed,
)


def rule(
    given: Bundle | bytes,
    *,
    status: Status | None = Status.VALID,
    trust: Trust = TRUST,
    now: datetime = NOW,
) -> Verdict:
    raw = given if isinstance(given, bytes) else bundles.written(given)
    found = None if status is None else Found(status=status)
    return judged(raw, trust, lambda *_: found, now)


def short(verdict: Verdict) -> tuple[str, str, str | None]:
    return verdict.verdict, verdict.indication, verdict.subindication


SAMPLE = bundles.written(bundle())


def test_the_sample_is_valid() -> None:
    said = rule(SAMPLE)

    assert short(said) == ("VALID", "TOTAL-PASSED", None)
    assert said.log is not None
    assert said.log.logged_at == NOW


def test_what_was_said_of_certificates_is_what_the_log_holds() -> None:
    before, after = bundle(said=UNSET), bundle()

    def carrying(given: Bundle, said: Revocations | UnsetType) -> Bundle:
        evidence = msgspec.structs.replace(given.evidence, revocations=said)
        return msgspec.structs.replace(given, evidence=evidence)

    assert rule(before).verdict == "VALID"
    for changed in (
        carrying(before, SAID),
        carrying(after, UNSET),
        carrying(after, Revocations(crls=SAID.crls)),
        carrying(after, Revocations(crls=SAID.ocsp, ocsp=SAID.crls)),
    ):
        assert short(rule(changed)) == ("INVALID", "TOTAL-FAILED", "NOT_AS_ISSUED")


# Of a certificate with a changed byte the parser sometimes says that it is deprecated.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize(("flip", "step"), [(1, 1), (0x20, 5), (0x80, 1)])
def test_no_byte_of_it_can_be_changed(flip: int, step: int) -> None:
    genuine = [
        place
        for place in range(0, len(SAMPLE), step)
        if rule(SAMPLE[:place] + bytes((SAMPLE[place] ^ flip,)) + SAMPLE[place + 1 :]).verdict
        == "VALID"
    ]

    assert genuine == []


def test_nothing_can_be_cut_off_or_put_in() -> None:
    for place in range(0, len(SAMPLE), 7):
        assert rule(SAMPLE[:place]).verdict != "VALID"
        assert rule(SAMPLE[:place] + b" " + SAMPLE[place:]).verdict != "VALID"
    assert rule(SAMPLE + b"\n").verdict == "INVALID"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.REVOKED, ("REVOKED", "TOTAL-PASSED", None)),
        (Status.SUSPENDED, ("SUSPENDED", "TOTAL-PASSED", None)),
        (Status.SUPERSEDED, ("SUPERSEDED", "TOTAL-PASSED", None)),
        (None, ("INDETERMINATE", "INDETERMINATE", "TRY_LATER")),
    ],
)
def test_what_became_of_it_is_told(status: Status | None, expected: tuple[str, ...]) -> None:
    assert short(rule(SAMPLE, status=status)) == expected


def test_the_worst_is_told() -> None:
    without_log = msgspec.structs.replace(
        bundle(), evidence=Evidence(certificates=bundle().evidence.certificates)
    )

    assert rule(without_log, status=Status.REVOKED).verdict != "VALID"
    assert rule(b"rubbish", status=Status.REVOKED).verdict == "INVALID"
    assert rule(bundle(seen=False), status=Status.REVOKED).verdict == "REVOKED"


def test_a_log_that_no_witness_saw_proves_nothing() -> None:
    assert short(rule(bundle(seen=False)))[::2] == ("INDETERMINATE", "NOT_LOGGED")
    assert short(rule(bundle(log=Ed25519PrivateKey.generate())))[::2] == (
        "INDETERMINATE",
        "NOT_LOGGED",
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, None), (1, None), (2, "FUTURE_DATED"), (-11, None), (-12, "LATE_LOGGED")],
)
def test_a_date_that_the_log_does_not_bear_out_is_told(days: int, said: str | None) -> None:
    moved = envelope(issued_on=date(2026, 11, 22) + timedelta(days=days))

    assert rule(bundle(moved)).subindication == said


def test_a_signature_of_somebody_else_is_none() -> None:
    der, payload = paper("S-1"), canonical(envelope())
    forged = signed(payload, "S-1", der, key=PHONES["S-2"])
    good = bundle()
    swapped = msgspec.structs.replace(good, signatures=(forged, good.signatures[1]))

    assert short(rule(swapped)) == ("INVALID", "TOTAL-FAILED", "SIG_CRYPTO_FAILURE")


@pytest.mark.parametrize("refs", [("S-1",), ("S-1", "S-1"), ("S-1", "S-2", "S-2")])
def test_each_party_signs_once(refs: tuple[str, ...]) -> None:
    assert short(rule(bundle(refs=refs)))[::2] == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")


def test_a_signature_of_no_party_is_not_overlooked() -> None:
    alone = envelope(parties=(party("S-1", "first"),))

    assert rule(bundle(alone)).subindication == "SIG_CONSTRAINTS_FAILURE"


def test_a_party_that_may_sign_need_not() -> None:
    optional = envelope(parties=(party("S-1", "first"), party("S-2", "second", required=False)))

    assert rule(bundle(optional, ("S-1",))).verdict == "VALID"


def test_signatures_cannot_be_taken_off_and_put_on_another_log_line() -> None:
    optional = envelope(parties=(party("S-1", "first"), party("S-2", "second", required=False)))
    both = bundle(optional)
    stripped = msgspec.structs.replace(
        both,
        signatures=both.signatures[:1],
        evidence=msgspec.structs.replace(
            both.evidence,
            certificates=both.evidence.certificates[:1],
            timestamps=stamps(both.evidence)[:1],
        ),
    )

    assert short(rule(stripped)) == ("INVALID", "TOTAL-FAILED", "NOT_AS_ISSUED")


def test_an_unknown_authority_is_named() -> None:
    stranger = certificates.authority(generate_private_key(SECP256R1()), NOW)
    trust = msgspec.structs.replace(TRUST, anchors=(stranger,))

    said = rule(SAMPLE, trust=trust)

    assert short(said)[::2] == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    assert said.message.startswith("Không nhận ra nơi cấp chứng thư")


def test_a_certificate_must_have_been_good_when_the_log_saw_it() -> None:
    assert rule(SAMPLE, now=NOW + timedelta(days=800)).verdict == "VALID"
    early = bundle(at=NOW - timedelta(hours=2))
    assert rule(early).subindication == "OUT_OF_BOUNDS_NO_POE"


def test_another_houses_document_is_at_most_well_signed() -> None:
    trust = msgspec.structs.replace(TRUST, issuer="https://elsewhere.example")

    assert rule(SAMPLE, trust=trust).verdict == "SIGNATURES_ONLY"


def test_the_log_line_of_another_document_says_nothing_of_when_one_was_signed() -> None:
    theirs = bundle(envelope(issuer="https://elsewhere.example"))
    stolen = trusting.fingerprint(jws.decoded(theirs.evidence.certificates[0])).hex()
    trust = msgspec.structs.replace(TRUST, revoked={stolen: int(NOW.timestamp()) + 60})
    evidence = msgspec.structs.replace(
        theirs.evidence, log=bundle().evidence.log, timestamps=UNSET, revocations=UNSET
    )
    lent = msgspec.structs.replace(theirs, evidence=evidence)

    said = rule(lent, trust=trust, now=NOW + timedelta(days=1))

    assert short(said) == ("INDETERMINATE", "INDETERMINATE", "REVOKED_NO_POE")
    assert {each.best_time for each in said.signatures} == {NOW + timedelta(days=1)}


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"payload":"' + b"A" * 3_000_000 + b'"}'],
    ids=["nothing", "empty", "list", "bytes", "deep", "long"],
)
def test_whatever_the_bytes_are_the_answer_is_a_verdict(raw: bytes) -> None:
    assert short(rule(raw)) == ("INVALID", "TOTAL-FAILED", "FORMAT_FAILURE")


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given.pop("evidence"),
        lambda given: given.update(header={"alg": "none"}),
        lambda given: given["signatures"][0].update(header={"kid": "x"}),
        lambda given: given["signatures"].clear(),
        lambda given: given["evidence"].update(certificates=["AA"] * 2),
        lambda given: given["evidence"]["certificates"].append("AA"),
        lambda given: given["evidence"]["certificates"].insert(0, "A" * 8196),
        lambda given: given["evidence"].pop("timestamps"),
        lambda given: given["evidence"]["timestamps"].pop(),
        lambda given: given["evidence"]["timestamps"].reverse(),
        lambda given: given["evidence"]["timestamps"][1].update(path=[]),
        lambda given: given["evidence"]["log"].update(checkpoint="x"),
        lambda given: given["evidence"]["log"].update(entry="AA"),
        lambda given: given["evidence"]["log"].update(index=4),
        lambda given: given["evidence"]["log"].update(proof=[]),
    ],
)
def test_a_bundle_with_another_shape_is_not_valid(change: Callable[[Any], object]) -> None:
    given = json.loads(SAMPLE)
    change(given)

    assert rule(json.dumps(given, sort_keys=True, separators=(",", ":")).encode()).verdict in {
        "INVALID",
        "INDETERMINATE",
    }


@pytest.fixture
def kit_file(tmp_path: Path) -> Callable[..., Path]:
    def written(changed: dict[int, int], at: datetime) -> Path:
        kid = jws.thumbprint(STATUS.public_key())
        token = statuses.issued(STATUS, kid, URI, changed, int(at.timestamp()))
        packed = kit.packed(
            kit.Kit(
                trust=TRUST,
                status_keys=(jws.jwk_of(STATUS.public_key()),),
                status_tokens=(token, "rubbish"),
            )
        )
        path = tmp_path / "kit.zip"
        path.write_bytes(packed)
        return path

    return written


def offline(sample: bytes, kit_path: Path, *more: str) -> tuple[int, str]:
    file = kit_path.with_name("bundle.json")
    file.write_bytes(sample)
    result = CliRunner().invoke(verify, [str(file), "--kit", str(kit_path), *more])
    return result.exit_code, result.stdout


def test_a_kit_decides_without_us(kit_file: Callable[..., Path]) -> None:
    today = datetime.now(UTC)
    current = kit_file({}, today)
    pin = sha256(current.read_bytes()).hexdigest()

    code, printed = offline(SAMPLE, current, "--pin", pin)

    assert (code, json.loads(printed)["verdict"]) == (0, "VALID")
    assert offline(SAMPLE[:-1], current)[0] == 1
    assert offline(SAMPLE, current, "--pin", "0" * 64)[0] == 3
    assert offline(SAMPLE, kit_file({5: 1}, today))[0] == 1
    assert offline(SAMPLE, kit_file({}, today - timedelta(days=2)))[0] == 2
    current.write_bytes(b"rubbish")
    assert offline(SAMPLE, current)[0] == 3


def test_a_kit_is_the_same_bytes_for_the_same_trust() -> None:
    plain = kit.Kit(trust=TRUST, status_keys=(), status_tokens=())

    assert kit.packed(plain) == kit.packed(plain)
    assert kit.unpacked(kit.packed(plain)) == plain
    assert b64encode(ANCHOR).decode() in msgspec.json.encode(plain).decode()
