"""The closed process that decodes: it hangs, dies, breaks out, and costs one photo."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from textwrap import dedent

import pytest

from backend.files.cleaner import CHILD, Cleaner, NoChild
from backend.kernel.files import FilesBusy, FileUnreadable
from tests.files.pictures import photo, saved, two_halves

HANGS = "sys.stdin.buffer.read()"


def stand_in(folder: Path, body: str) -> tuple[str, ...]:
    """Write a process that starts like ours, under the same limits, and then goes wrong."""
    script = folder / "child.py"
    opening = f"""
        import os, runpy, socket, sys
        runpy.run_path({CHILD[-1]!r})["confine"]()
        sys.stdout.buffer.write(b"R")
        sys.stdout.buffer.flush()
        size = int.from_bytes(sys.stdin.buffer.read(4))
        content = sys.stdin.buffer.read(size)
    """
    script.write_text(dedent(opening) + dedent(body))
    return (*CHILD[:-1], str(script))


@pytest.mark.parametrize(
    "body",
    [
        HANGS,
        "while True: pass",
        "eaten = [bytearray(64 << 20) for _ in range(64)]",
        "sys.stdout.buffer.write(bytes(4))",
        "sys.stdout.buffer.write((99).to_bytes(4) + b'{')",
        "sys.stdout.buffer.write((2).to_bytes(4) + b'{}')",
        "sys.stdout.buffer.write(b'\\xff' * 70000)",
        "import os; os.abort()",
    ],
    ids=["hangs", "spins", "eats", "empty", "short", "nothing", "babbles", "dies"],
)
async def test_a_child_that_goes_wrong_costs_one_photo_and_nothing_else(
    tmp_path: Path, body: str
) -> None:
    cleaner = Cleaner(command=stand_in(tmp_path, body), seconds_max=1)

    async with asyncio.timeout(10):
        first, second = await asyncio.gather(
            cleaner.clean(photo()), cleaner.clean(photo()), return_exceptions=True
        )

    assert isinstance(first, FileUnreadable)
    assert isinstance(second, FileUnreadable)
    cleaner.close()


ESCAPES = {
    "a file": 'open("/dev/shm/written-by-a-decoder", "wb").write(b"x")',
    "a secret": 'open("/etc/hostname").read()',
    "the network": 'socket.socket().connect(("127.0.0.1", 9))',
    "a program": 'os.execv("/bin/true", ["true"])',
    "a twin": "os.fork()",
    "a neighbour": "os.kill(os.getppid(), 0)",
    "the machine": "bytearray(2 << 30)",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can close the kernel to a process")
async def test_what_breaks_out_of_a_decoder_reaches_nothing(tmp_path: Path) -> None:
    tries = "".join(
        f"""
try:
    {attempt}
    print({what!r}, end=";")
except (OSError, MemoryError):
    pass
"""
        for what, attempt in ESCAPES.items()
    )
    command = stand_in(tmp_path, f"{tries}\nprint('tried all', end='', flush=True)\n")
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)

    said, complaint = await child.communicate(bytes(4))

    assert (said, complaint) == (b"Rtried all", b"")


async def test_who_waits_too_long_is_asked_to_come_again(tmp_path: Path) -> None:
    cleaner = Cleaner(
        command=stand_in(tmp_path, "sys.stdin.buffer.read()"),
        children=1,
        wait_seconds=0.2,
        seconds_max=1,
    )

    first, second = await asyncio.gather(
        cleaner.clean(photo()), cleaner.clean(photo()), return_exceptions=True
    )

    assert isinstance(first, FileUnreadable)
    assert isinstance(second, FilesBusy)
    assert second.headers["Retry-After"] == "5"
    cleaner.close()


async def test_a_caller_that_goes_away_does_not_free_a_turn_still_taken(tmp_path: Path) -> None:
    cleaner = Cleaner(
        command=stand_in(tmp_path, "sys.stdin.buffer.read()"),
        children=1,
        wait_seconds=0.2,
        seconds_max=1,
    )
    gone = asyncio.create_task(cleaner.clean(photo()))
    await asyncio.sleep(0.1)

    gone.cancel()

    with pytest.raises(FilesBusy):
        await cleaner.clean(photo())
    with pytest.raises(asyncio.CancelledError):
        await gone
    cleaner.close()


async def test_a_child_is_replaced_after_its_share_of_pictures() -> None:
    cleaner = Cleaner(items_max=2, children=1)

    for _ in range(5):
        assert (await cleaner.clean(saved(two_halves(), "PNG"))).width == 96

    cleaner.close()


async def test_a_decoder_that_cannot_start_is_our_fault_and_not_the_pictures() -> None:
    cleaner = Cleaner(command=(sys.executable, "-c", "raise SystemExit(1)"))

    with pytest.raises(NoChild):
        await cleaner.clean(photo())
    cleaner.close()
