"""Each attack of the design has its row, and each row a test that is there."""

import re
from pathlib import Path

from tests.docs.test_asvs import is_there

PAGE = Path(__file__).parents[2] / "docs" / "security" / "attacks.md"
ATTACKS = """
`none`, HS256, RS256, `jku`, `crit`, an unknown `kid`
an ID token as an access token
a bound token as a bearer's
a token with another key
a proof that was used
a proof of another address
a missing or stale nonce
a code shown twice
a code with another verifier or redirect
a code with another key
a forged assertion
an assertion that was used
an assertion of six minutes
no pushed request
a sign-in's link in another browser
200 guesses at once
many numbers of one range, and of all
the id of somebody else's thing
a revoked session
a disabled officer
a disabled client
a partner without a purpose
a partner without consent
two `DPoP` or `Authorization` headers
`alg` none or another, `kid`, `jku`, `jwk`, `x5u`, `x5c`, `crit`
a JWK for something else, a private part, a point beside the curve
padding, stray bits, another spelling of base64url
duplicate members, another spelling of JSON
r or s zero, too long, DER for raw
one byte changed, anywhere
a PDF in which something was hidden, replaced, wrapped, annotated, cut off
another attachment, a PDF that is not its data
one signature in two fields
text that is not composed, turns round, has no width, looks like another
commands to the printer in a text
out of turn, with another's certificate, in another's session
messages swapped, changed between prepare and finish
a provider that signs something else, for somebody else, twice, after a cancellation
a signer says of themselves that they are a party
finished twice, at once, with another signature
a certificate revoked between prepare and finish
JWS and CMS by different keys
a timestamp for another hash, of somebody unknown, of one that was revoked
a timestamp of another signature, or left out; a certificate of no signature
PDF and bundle of one document told otherwise, whoever was revoked when
a signer who was revoked, with and without a proof of time
a file judged once, whose signer is told to be revoked, or of whom nothing is told any more, since
the log's line of another document, beside what a stolen key signs today
a forged, older, stale or partial list
a package, list or code that grows when it is unpacked
a log that was rewritten, forked, shortened
a PDF with the kit of another organisation, or with bytes added
a forged cosignature
an administrator who changes, deletes, backdates
a fact that the issuer did not sign, twice, or under a reserved name
a copy of a credential, a proof made for somebody else
a code of another host, or of a stranger's key
a print made to look genuine around a code of ours, two codes in one
an address in a certificate that leads into the house
a file that hangs or eats memory; very many of them
a PIN or an id that is guessed
an HIV item by search, share, count or size
a number that nobody gave, beside what is signed; the same words cut elsewhere
a provider that speaks of another's contract, twice, or gives one number to two
a hand-over that was killed before its answer came
"""
"""What the designs (identity, section 11, and documents, section 13) say must be refused."""


def rows() -> list[tuple[str, list[str]]]:
    return [
        (attack, re.findall(r"`(tests/[^`]+::\w+)`", tests))
        for attack, _, tests in re.findall(
            r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
        )
        if tests.startswith("`")
    ]


def test_every_attack_is_answered_once() -> None:
    assert [attack for attack, _ in rows()] == ATTACKS.strip().splitlines()


def test_every_answer_is_tried_by_a_test_that_is_there() -> None:
    assert [attack for attack, tests in rows() if not tests] == []
    assert [name for _, tests in rows() for name in tests if not is_there(name)] == []
