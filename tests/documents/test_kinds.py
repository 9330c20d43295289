"""Every kind of document that is installed, through every view of it; `TINHS_EXAMPLES` asks longer.

A kind that a module adds is met here without a line about it.
"""

import random
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from pyhanko.pdf_utils.reader import PdfFileReader

from modules.documents.model import jws, paper, pdf, printing, sd_jwt
from modules.documents.model.canonical import accepted_as, canonical
from modules.documents.model.envelope import Envelope, StatusPlace, fresh_code
from modules.documents.repository.revisions import Draft
from modules.documents.service import kinds, writing
from tests.documents import contents
from tests.documents.contents import EXAMPLES, KINDS

PRINTED: Final = max(1, EXAMPLES // 5)
"""Of so many the paper is looked at: to print takes a hundred times as long as to read."""
HOUSE: Final = "https://tinhs.example"
KEY: Final = generate_private_key(SECP256R1())
KEYS: Final = {jws.thumbprint(KEY.public_key()): jws.jwk_of(KEY.public_key())}
SECRETS: Final = (
    *("wage", "probation", "changes", "settlement", "ground", "note"),
    *("diagnoses", "allergies", "immunizations", "tests", "medications", "procedures", "summary"),
    *("reason", "blood_group", "specialists", "checkup", "family", "history", "visits"),
    *("subjects", "traits", "homeroom_comment", "personal_id"),
)
"""Members of which a code that anybody reads with a phone says nothing."""
DAY: Final = date(2026, 11, 22)

each_schema = pytest.mark.parametrize("schema", KINDS)


def several(schema: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield contents that may be frozen: in JSON values, and as their kind reads them."""
    for told in contents.several(schema):
        assert contents.defects(schema, told) == []
        yield told, msgspec.convert(told, KINDS[schema].schemas[schema])


def enveloped(schema: str, told: dict[str, Any], read: Any) -> Envelope:
    """Return the document of a content, as freezing makes it."""
    kind = KINDS[schema]
    rules = kind.parties(read)
    people = {rule.role: UUID(int=place) for place, rule in enumerate(rules)}
    refs = {who: f"S-{who.hex}" for who in people.values()}
    draft = Draft(data=told, people=people)
    return Envelope(
        type=kind.name,
        schema=schema,
        doc_id=UUID(int=7),
        code=fresh_code(kind.prefix, DAY.year),
        rev=1,
        prev=None,
        renderer=kinds.form(kind).renderer(),
        issuer=HOUSE,
        parties=tuple(writing.party(rule, draft, refs) for rule in rules),
        issued_on=DAY,
        status=StatusPlace(uri=f"{HOUSE}/lists/0", idx=5),
        links=(),
        salt="A" * 22,
        data=told,
    )


@each_schema
def test_what_is_frozen_is_read_as_it_was_written(schema: str) -> None:
    for told, read in several(schema):
        envelope = enveloped(schema, told, read)
        raw = canonical(envelope)

        again = accepted_as(raw, Envelope)

        assert again == envelope
        assert canonical(again) == raw
        assert msgspec.convert(again.data, KINDS[schema].schemas[schema]) == read


def test_a_name_that_no_document_can_carry_is_refused_before_it_is_frozen() -> None:
    told = contents.sample("transcript.full/1")
    longer = {**told, "school": {**told["school"], "name": "Trường " * 30}}

    assert contents.defects("transcript.full/1", told) == []
    assert [each.code for each in contents.defects("transcript.full/1", longer)] == [
        "not-canonical"
    ]


@each_schema
def test_a_signature_is_over_every_character(schema: str) -> None:
    dice = random.Random(20261122)  # noqa: S311 - positions, not keys
    kid = jws.thumbprint(KEY.public_key())
    head = jws.protected(
        jws.Header(alg="ES256", iat=1_795_000_000, kid=kid, typ="tinhs-doc+jws", x5t_s256=kid)
    )
    for told, read in several(schema):
        text = canonical(enveloped(schema, told, read)).decode()
        made = jws.sign(KEY, jws.signing_input(head, text.encode()))
        place = dice.randrange(len(text))
        other = "ê" if text[place] == "e" else "e"
        changed = f"{text[:place]}{other}{text[place + 1 :]}"

        jws.verify(KEY.public_key(), jws.signing_input(head, text.encode()), made)
        with pytest.raises(jws.NotGenuine):
            jws.verify(KEY.public_key(), jws.signing_input(head, changed.encode()), made)


@each_schema
def test_each_fact_can_be_shown_apart_from_the_others(schema: str) -> None:
    kind = KINDS[schema]
    at = sd_jwt.StatusAt(idx=5, uri=f"{HOUSE}/lists/0")
    wish = sd_jwt.Wish(HOUSE, kind.name, 1_795_000_000, 1_796_000_000, at)
    for _, read in several(schema):
        facts = msgspec.json.decode(msgspec.json.encode(kind.claims(read)))

        credential = sd_jwt.issued(KEY, facts, wish)

        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in facts)
        for name in {*facts, *kind.printed(read)} - {*kind.facts}:
            assert name.partition("_")[0] in kind.facts
        assert sd_jwt.opened(credential, KEYS).facts == facts
        for name in [*facts][:1]:
            shown = sd_jwt.opened(sd_jwt.narrowed(credential, [name]), KEYS)
            assert shown.facts == {name: facts[name]}


@pytest.mark.parametrize("schema", [each for each in KINDS if ".restricted/" in each])
def test_of_what_is_restricted_no_fact_is_shown(schema: str) -> None:
    assert not any(KINDS[schema].claims(read) for _, read in several(schema))


@each_schema
def test_the_code_on_paper_tells_no_wage_and_no_diagnosis(schema: str) -> None:
    kind = KINDS[schema]
    known, *others = contents.several(schema)
    for told in others:
        read = msgspec.convert(told, kind.schemas[schema])
        without = msgspec.convert(_hidden(known, told), kind.schemas[schema])

        says = dict(kind.printed(read))
        said = paper.claims(enveloped(schema, told, read), "0" * 64, says)

        assert says == kind.printed(without)
        assert paper.opened(paper.signed(said, HOUSE, KEY), HOUSE, KEYS) == said


def _hidden(known: Any, told: Any) -> Any:
    """Return a content with other secrets, those of the sample: nobody should see a difference."""
    if not isinstance(told, dict):
        return told
    return {
        name: known[name] if name in SECRETS else _hidden(known.get(name), value)
        for name, value in told.items()
    }


@each_schema
def test_the_printed_form_carries_the_data_and_the_names(schema: str) -> None:
    form = kinds.form(KINDS[schema])
    for told, read in [*several(schema)][-PRINTED:]:
        envelope = enveloped(schema, told, read)
        raw = canonical(envelope)

        printing._printed.cache_clear()
        base, _ = printing.based(raw, envelope, form)
        printing._printed.cache_clear()

        assert printing.based(raw, envelope, form)[0] == base
        assert pdf.attached(base) == _attachment(base) == raw
        words = _words(base)
        for name in {*_people(schema, read), *(each.name for each in envelope.parties)}:
            assert _solid(name) in words


def _people(schema: str, read: Any) -> set[str]:
    """Return whose document it is: of what the code says, what the content calls a full name."""
    says = {*KINDS[schema].printed(read).values()}
    return says & {*_full_names(msgspec.to_builtins(read))}


def _full_names(told: object) -> list[str]:
    if isinstance(told, Mapping):
        below = [name for each in told.values() for name in _full_names(each)]
        return [*below, told["full_name"]] if "full_name" in told else below
    return [name for each in told for name in _full_names(each)] if isinstance(told, list) else []


def _attachment(base: bytes) -> bytes:
    """Return what pyHanko finds attached, by the way that the standard goes (PDF/A-3, AF)."""
    (found,) = PdfFileReader(BytesIO(base)).root["/AF"]
    return found.get_object()["/EF"]["/F"].data


def _words(base: bytes) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("NOT TRIED: pdftotext is not installed (apt-get install poppler-utils)")
    said = subprocess.run([program, "-raw", "-", "-"], input=base, capture_output=True, check=True)
    return _solid(said.stdout.decode())


def _solid(text: str) -> str:
    """Return a text without its spaces: a printed line ends where it is full."""
    composed = unicodedata.normalize("NFC", text)
    assert composed == text, "poppler gives letters that are not composed"
    return "".join(composed.split())
