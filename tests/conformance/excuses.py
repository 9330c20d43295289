"""Every published case that we answer otherwise than its label, and why. There are no others."""

from typing import Final

POLICY: Final = "ES256 alone: other algorithms are refused before anything is computed"

JWS: Final[dict[int, str]] = {
    372: "a header spelt another way than ours is refused, labelled valid",
    373: "a header spelt another way than ours is refused, labelled valid",
}
"""Project Wycheproof, json_web_signature_test.json, by tcId."""

JSON_FILES: Final = "floats, or names of members, that no schema of ours could have: refused"
"""cyberphone/json-canonicalization: what lies outside the profile."""
