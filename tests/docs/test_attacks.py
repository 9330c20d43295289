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
"""
"""What the design (identity, section 11) says must be refused."""


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
