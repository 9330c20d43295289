"""What every provider of people's keys has to do. Subclass it; give `signer` and, each in its
trouble, `away`, `unwilling` and `garbled`, and `confirm`, by which the person says yes or no.
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Literal

import pytest

from contracts.remote_signing import (
    Begun,
    Confirmed,
    Credentials,
    HashesSigned,
    HashesToSign,
    Rejected,
    RemoteSigner,
    Unanswered,
)

PERSON = "038098000002"
"""Whose key every provider under test keeps."""
NOBODY = "038098999999"
FIRST, SECOND = (sha256(each).digest() for each in (b"as data", b"as PDF"))

Confirm = Callable[[str, Literal["yes", "no"]], Awaitable[None]]
"""Says so to what was begun under a handle."""


class RemoteSignerConformance:
    """For each provider of `RemoteSigner`."""

    @pytest.fixture
    def signer(self) -> RemoteSigner:
        """Return one that works, and keeps a key of `PERSON`."""
        raise NotImplementedError

    @pytest.fixture
    def away(self) -> RemoteSigner:
        """Return one that cannot be reached."""
        raise NotImplementedError

    @pytest.fixture
    def unwilling(self) -> RemoteSigner:
        """Return one that refuses whatever it is asked."""
        raise NotImplementedError

    @pytest.fixture
    def garbled(self) -> RemoteSigner:
        """Return one whose answers are no answers to what was asked."""
        raise NotImplementedError

    @pytest.fixture
    def confirm(self) -> Confirm:
        """Return how the person answers on their own device."""
        raise NotImplementedError

    async def test_it_has_a_name(self, signer: RemoteSigner) -> None:
        assert re.fullmatch("[a-z][a-z0-9-]{0,39}", signer.name)

    async def test_it_knows_the_keys_of_a_person_and_of_nobody(self, signer: RemoteSigner) -> None:
        found, none = await signer.credentials(PERSON), await signer.credentials(NOBODY)

        assert isinstance(found, Credentials)
        assert found.items[0].certificates[0][:1] == b"\x30"
        assert found.items[0].algorithms
        assert none in (Credentials(items=()), Rejected())

    async def test_nothing_is_signed_before_the_person_has_confirmed(
        self, signer: RemoteSigner, confirm: Confirm
    ) -> None:
        request = await asked(signer, "patient")
        begun = await signer.start(request)
        assert isinstance(begun, Begun)

        waiting = await signer.poll(request, begun.handle)
        assert isinstance(waiting, Begun)
        await confirm(waiting.handle, "yes")
        signed = await until_signed(signer, request, waiting.handle)

        assert isinstance(signed, HashesSigned)
        assert len(signed.values) == 2
        assert signed.values[0] != signed.values[1]

    async def test_a_lost_answer_is_given_again_or_never(
        self, signer: RemoteSigner, confirm: Confirm
    ) -> None:
        request = await asked(signer, "lost")
        begun = await signer.start(request)
        assert isinstance(begun, Begun)
        await confirm(begun.handle, "yes")

        first = await until_signed(signer, request, begun.handle)
        again = await until_signed(signer, request, begun.handle)

        assert isinstance(first, HashesSigned)
        assert again in (first, Rejected())

    async def test_a_person_who_says_no_signs_nothing(
        self, signer: RemoteSigner, confirm: Confirm
    ) -> None:
        request = await asked(signer, "refused")
        begun = await signer.start(request)
        assert isinstance(begun, Begun)

        await confirm(begun.handle, "no")

        assert await signer.poll(request, begun.handle) == Rejected()

    async def test_what_was_never_begun_is_not_signed(self, signer: RemoteSigner) -> None:
        assert await signer.poll(await asked(signer, "never"), "no-such-handle") == Rejected()

    async def test_a_key_that_is_not_there_is_refused(self, signer: RemoteSigner) -> None:
        request = await asked(signer, "keyless")
        missing = HashesToSign(
            ref=request.ref,
            credential="no-such-key",
            algorithm=request.algorithm,
            hashes=request.hashes,
            about=request.about,
        )

        assert await signer.start(missing) == Rejected()

    async def test_one_that_is_away_is_told_from_one_that_refuses(
        self, signer: RemoteSigner, away: RemoteSigner, unwilling: RemoteSigner
    ) -> None:
        request = await asked(signer, "trouble")
        for trouble, answer in ((away, Unanswered()), (unwilling, Rejected())):
            assert await trouble.credentials(PERSON) == answer
            assert await trouble.start(request) == answer
            assert await trouble.poll(request, "handle") == answer

    async def test_what_is_no_answer_is_not_believed(
        self, signer: RemoteSigner, garbled: RemoteSigner
    ) -> None:
        request = await asked(signer, "rubbish")

        assert await garbled.credentials(PERSON) == Unanswered()
        assert await garbled.start(request) == Unanswered()
        assert await garbled.poll(request, "handle") == Unanswered()


async def until_signed(
    signer: RemoteSigner, request: HashesToSign, handle: str
) -> Begun | Confirmed | HashesSigned | Rejected | Unanswered:
    """Return what comes of a request that the person has confirmed."""
    told = await signer.poll(request, handle)
    return await signer.poll(request, told.handle) if isinstance(told, Confirmed) else told


async def asked(signer: RemoteSigner, ref: str) -> HashesToSign:
    """Return a request for two signatures by the key of `PERSON`."""
    found = await signer.credentials(PERSON)
    assert isinstance(found, Credentials)
    (credential, *_) = found.items
    return HashesToSign(
        ref=ref,
        credential=credential.id,
        algorithm=credential.algorithms[0],
        hashes=(FIRST, SECOND),
        about="Hợp đồng lao động HD-26-7KQ2M9XWA-C",
    )
