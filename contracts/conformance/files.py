"""What every `FileStore` keeps its word about.

`class TestOurs(FileStoreConformance)` in a test file that has these fixtures:

`visit`: `visit(person_id)` opens one unit of work of that person, or of a stranger without account
for None, and gives its store: `async with visit(person_id) as store`. It commits at the end, and
keeps nothing when the block raises. `fetch`: `await fetch(address)` opens a link as anybody and
returns status and body. `settle`: `await settle()` does all work that waits.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import Final, TypeAlias
from uuid import UUID, uuid4

import pytest

from contracts.files import FilePurpose, FileStore

Visit: TypeAlias = Callable[[UUID | None], AbstractAsyncContextManager[FileStore]]
Fetch: TypeAlias = Callable[[str], Awaitable[tuple[int, bytes]]]
Settle: TypeAlias = Callable[[], Awaitable[None]]

KEPT: Final = FilePurpose(name="conformance.kept", keeps_original=True)
PLAIN: Final = FilePurpose(name="conformance.plain")

# 96 by 64 px; taken on 2026-08-12 at 07:30 +07:00, 19.806700 N 105.785200 E, by a camera with the
# serial number SERIAL-8842-XYZ; with the comment "<script>".
PHOTO: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QDqRXhpZgAATU0AKgAAAAgAAodpAAQAAAABAAAAJoglAAQAAAABAAAAfAAA"
    "AAAAA5ADAAIAAAAUAAAAUJARAAIAAAAHAAAAZKQxAAIAAAAQAAAAbAAAAAAyMDI2OjA4OjEyIDA3OjMwOjAwACsw"
    "NzowMAAAU0VSSUFMLTg4NDItWFlaAAAEAAEAAgAAAAJOAAAAAAIABQAAAAMAAACyAAMAAgAAAAJFAAAAAAQABQAA"
    "AAMAAADKAAAAAAAAABMAAAABAAAAMAAAAAEAAAJbAAAAGQAAAGkAAAABAAAALwAAAAEAAACoAAAAGf/+AAo8c2Ny"
    "aXB0Pv/bAEMAGxIUFxQRGxcWFx4cGyAoQisoJSUoUTo9MEJgVWVkX1VdW2p4mYFqcZBzW12FtYaQnqOrratngLzJ"
    "uqbHmairpP/bAEMBHB4eKCMoTisrTqRuXW6kpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKSkpP/AABEIAEAAYAMBIgACEQEDEQH/xAAVAAEBAAAAAAAAAAAAAAAAAAAABP/EABQQAQAAAAAAAAAA"
    "AAAAAAAAAAD/xAAWAQEBAQAAAAAAAAAAAAAAAAAABQP/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEA"
    "PwCYBgrAAAAJgF1GAAAAUgISyAAAAmAXUYAAABSAhLIAAACYBdRgAAAFICEsgAAAJgF1GAAAAf/Z"
)
PLANTED: Final = (b"SERIAL-8842", b"<script>", b"Exif", b"2026:08:12")


class Failed(Exception):
    """Something else in the unit of work went wrong."""


class FileStoreConformance:
    """Inherit it, and pytest runs every promise of `contracts.files.FileStore`."""

    async def test_only_pixels_are_shown(self, visit: Visit) -> None:
        async with visit(uuid4()) as store:
            (file,) = await store.receive([PHOTO], purpose=KEPT)

        assert (file.state, file.media_type, file.bytes) == ("ready", "image/jpeg", len(PHOTO))
        assert (file.width, file.height) == (96, 64)
        assert file.sha256 == sha256(PHOTO).hexdigest()
        shown = {rendition.name for rendition in file.renditions} - {"original"}
        assert shown == {"clean", "public", "thumb"}
        async with visit(None) as store:
            for rendition in file.renditions:
                content = await store.read(file.id, rendition.name)
                assert len(content) == rendition.bytes
                if rendition.name != "original":
                    assert not [word for word in PLANTED if word in content]

    async def test_the_original_is_kept_only_for_who_asked(self, visit: Visit) -> None:
        async with visit(uuid4()) as store:
            (kept,) = await store.receive([PHOTO], purpose=KEPT)
            (plain,) = await store.receive([PHOTO], purpose=PLAIN)

            assert await store.read(kept.id, "original") == PHOTO
            assert "original" not in {rendition.name for rendition in plain.renditions}
            assert await refusal(store.read(plain.id, "original")) == "kernel/not-found"

    async def test_what_the_camera_said_is_told_to_sender_and_claimer(self, visit: Visit) -> None:
        person = uuid4()

        async with visit(person) as store:
            (sent,) = await store.receive([PHOTO], purpose=PLAIN)
        async with visit(person) as store:
            (claimed,) = await store.claim([sent.id], purpose=PLAIN, about=uuid4())

        assert claimed == sent
        assert sent.facts.taken_at is not None
        assert sent.facts.taken_at.isoformat() == "2026-08-12T07:30:00+07:00"
        assert sent.facts.lat == pytest.approx(19.8067, abs=1e-6)
        assert sent.facts.lon == pytest.approx(105.7852, abs=1e-6)

    async def test_files_are_claimed_in_the_order_that_was_asked(self, visit: Visit) -> None:
        person = uuid4()
        async with visit(person) as store:
            one, two, three = await store.receive([PHOTO, PHOTO, PHOTO], purpose=PLAIN)

        async with visit(person) as store:
            claimed = await store.claim([three.id, one.id], purpose=PLAIN, about=uuid4())

            assert [file.id for file in claimed] == [three.id, one.id]
            assert len({one.id, two.id, three.id}) == 3

    @pytest.mark.parametrize("how", ["twice", "stranger", "purpose", "again", "absent", "one bad"])
    async def test_nobody_claims_what_is_not_theirs_to_claim(self, visit: Visit, how: str) -> None:
        person = uuid4()
        async with visit(person) as store:
            (sent,) = await store.receive([PHOTO], purpose=PLAIN)
        if how == "again":
            async with visit(person) as store:
                await store.claim([sent.id], purpose=PLAIN, about=uuid4())
        ids = {"twice": [sent.id, sent.id], "absent": [uuid4()], "one bad": [sent.id, uuid4()]}
        caller = uuid4() if how == "stranger" else person
        purpose = KEPT if how == "purpose" else PLAIN

        async with visit(caller) as store:
            claim = store.claim(ids.get(how, [sent.id]), purpose=purpose, about=uuid4())

            assert await refusal(claim) == "files/unknown-file"

    async def test_a_refused_claim_takes_nothing(self, visit: Visit) -> None:
        person = uuid4()
        async with visit(person) as store:
            (sent,) = await store.receive([PHOTO], purpose=PLAIN)
        with pytest.raises(Exception, match="files/unknown-file"):
            async with visit(person) as store:
                await store.claim([sent.id, uuid4()], purpose=PLAIN, about=uuid4())

        async with visit(person) as store:
            assert await store.claim([sent.id], purpose=PLAIN, about=uuid4())

    async def test_what_is_received_for_a_thing_is_claimed_at_once(self, visit: Visit) -> None:
        person = uuid4()

        async with visit(person) as store:
            (file,) = await store.receive([PHOTO], purpose=PLAIN, about=uuid4())

        assert file.facts.lat is not None
        async with visit(person) as store:
            claim = store.claim([file.id], purpose=PLAIN, about=uuid4())
            assert await refusal(claim) == "files/unknown-file"

    async def test_without_an_account_a_photo_needs_a_thing(self, visit: Visit) -> None:
        async with visit(None) as store:
            (file,) = await store.receive([PHOTO], purpose=PLAIN, about=uuid4())
            assert await store.read(file.id, "clean")
            alone = store.receive([PHOTO], purpose=PLAIN)
            assert await refusal(alone) == "kernel/unauthenticated"

    async def test_what_was_not_committed_was_not_received(self, visit: Visit) -> None:
        person = uuid4()
        lost: list[UUID] = []

        async def receive_and_fail() -> None:
            async with visit(person) as store:
                lost.extend(file.id for file in await store.receive([PHOTO], purpose=PLAIN))
                raise Failed

        with pytest.raises(Failed):
            await receive_and_fail()

        async with visit(person) as store:
            claim = store.claim(lost, purpose=PLAIN, about=uuid4())
            assert await refusal(claim) == "files/unknown-file"

    async def test_one_bad_photo_refuses_all_and_is_named(self, visit: Visit) -> None:
        async with visit(uuid4()) as store:
            with pytest.raises(Exception, match="files/type-not-allowed") as refused:
                await store.receive([PHOTO, b"<html>", PHOTO], purpose=PLAIN)

        assert getattr(refused.value, "members", {})["position"] == 1

    async def test_no_photos_are_no_mistake(self, visit: Visit) -> None:
        async with visit(uuid4()) as store:
            assert list(await store.receive([], purpose=PLAIN)) == []
            assert list(await store.claim([], purpose=PLAIN, about=uuid4())) == []

    async def test_a_link_opens_one_rendition_for_anybody(self, visit: Visit, fetch: Fetch) -> None:
        async with visit(uuid4()) as store:
            (file,) = await store.receive([PHOTO], purpose=KEPT, about=uuid4())
            link = store.link(file.id, "public", seconds=60)
            shown = await store.read(file.id, "public")

        assert await fetch(link) == (200, shown)
        for forged in (
            link.replace("public", "original"),
            link.replace(str(file.id), str(uuid4())),
            link.replace("exp=", "exp=9"),
            link[:-1] + ("A" if link[-1] != "A" else "B"),
        ):
            status, _ = await fetch(forged)
            assert status == 404

    async def test_a_link_asked_for_twice_is_the_same(self, visit: Visit) -> None:
        async with visit(None) as store:
            file_id = uuid4()
            first = store.link(file_id, "thumb", seconds=3600)

            assert first == store.link(file_id, "thumb", seconds=3600)

    async def test_what_is_dropped_is_destroyed(
        self, visit: Visit, fetch: Fetch, settle: Settle
    ) -> None:
        async with visit(uuid4()) as store:
            (file,) = await store.receive([PHOTO], purpose=KEPT, about=uuid4())
            link = store.link(file.id, "clean", seconds=600)

        async with visit(None) as store:
            await store.drop([file.id, uuid4()])
        async with visit(None) as store:
            await store.drop([file.id])
        await settle()

        assert (await fetch(link))[0] == 404
        async with visit(None) as store:
            for rendition in file.renditions:
                assert await refusal(store.read(file.id, rendition.name)) == "kernel/not-found"

    async def test_an_original_is_given_up_alone(self, visit: Visit, settle: Settle) -> None:
        async with visit(uuid4()) as store:
            (kept, plain) = [
                *await store.receive([PHOTO], purpose=KEPT, about=uuid4()),
                *await store.receive([PHOTO], purpose=PLAIN, about=uuid4()),
            ]

        for _ in range(2):
            async with visit(None) as store:
                await store.drop_originals([kept.id, plain.id, uuid4()])
            await settle()

        async with visit(None) as store:
            assert await refusal(store.read(kept.id, "original")) == "kernel/not-found"
            for file in (kept, plain):
                for name in ("clean", "public", "thumb"):
                    assert await store.read(file.id, name)

    async def test_a_drop_that_was_not_committed_destroys_nothing(
        self, visit: Visit, settle: Settle
    ) -> None:
        async with visit(uuid4()) as store:
            (file,) = await store.receive([PHOTO], purpose=KEPT, about=uuid4())

        async def drop_and_fail() -> None:
            async with visit(None) as store:
                await store.drop([file.id])
                raise Failed

        with pytest.raises(Failed):
            await drop_and_fail()
        await settle()

        async with visit(None) as store:
            assert await store.read(file.id, "original") == PHOTO

    async def test_what_is_not_claimed_cannot_be_dropped(
        self, visit: Visit, settle: Settle
    ) -> None:
        person = uuid4()
        async with visit(person) as store:
            (file,) = await store.receive([PHOTO], purpose=PLAIN)

        async with visit(person) as store:
            await store.drop([file.id])
        await settle()

        async with visit(person) as store:
            assert await store.claim([file.id], purpose=PLAIN, about=uuid4())


async def refusal(call: Awaitable[object]) -> str:
    """Return the slug with which a call is refused; a call that succeeds fails the test."""
    with pytest.raises(Exception, match=r"^[a-z]+/[a-z-]+$") as refused:
        await call
    return str(getattr(refused.value, "slug", ""))
