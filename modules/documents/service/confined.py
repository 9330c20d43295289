"""The process in which strangers' files are judged: `python -m modules.documents.service.confined`.

It has loaded everything and waits. For each file it makes a copy of itself that has no network,
no file to write, five seconds and a gigabyte; whatever becomes of the copy, it says so and waits
for the next. Frames on both sides: four bytes of length, then the bytes; nothing means a death.
"""

import ctypes
import os
import resource
import select
import signal
import struct
import sys
import time
from typing import BinaryIO, Final

import msgspec

from modules.documents.model.task import Task, judged

WALL_SECONDS: Final = 10
_CPU_SECONDS: Final = 5
_MEMORY_BYTES: Final = 1 << 30
_ANSWER_BYTES_MAX: Final = 1 << 20
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_SECCOMP_MODE_FILTER: Final = 2

# socket connect execve execveat ptrace fork vfork
_REFUSED: Final = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 57, 58)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117)),
}
"""Machine → its name to the kernel, and the numbers of the calls that judging has no use for."""


def main() -> None:
    """Serve until the parent closes the pipe."""
    inbox, outbox = sys.stdin.buffer, sys.stdout.buffer
    while (raw := _frame(inbox)) is not None:
        answer = _judged_apart(raw)
        outbox.write(struct.pack(">I", len(answer)) + answer)
        outbox.flush()


def _frame(inbox: BinaryIO) -> bytes | None:
    head = inbox.read(4)
    return inbox.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def _judged_apart(raw: bytes) -> bytes:
    """Return what a copy of this process says, or nothing when it died or took too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _judge_and_die(raw, writing)
    os.close(writing)
    try:
        answer, is_whole = _read(reading, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return answer if is_whole else b""


def _read(pipe: int, end: float) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    while (left := end - time.monotonic()) > 0:
        if not select.select([pipe], [], [], left)[0]:
            break
        part = os.read(pipe, 65_536)
        if not part:
            whole = b"".join(parts)
            return whole[:-1], whole.endswith(b"\n")
        parts.append(part)
        if sum(map(len, parts)) > _ANSWER_BYTES_MAX:
            break
    return b"", False


def _judge_and_die(raw: bytes, pipe: int) -> None:
    try:
        _confine()
        answer = msgspec.json.encode(judged(msgspec.msgpack.decode(raw, type=Task)))
        with os.fdopen(pipe, "wb") as outbox:
            outbox.write(answer + b"\n")
    finally:
        os._exit(0)  # nothing of the copy may run on, whatever happened


def _confine() -> None:
    """Give up, for good, all that judging does not need."""
    for limit, most in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    if sys.platform == "linux":
        _close_the_network()


def _close_the_network() -> None:
    """Refuse sockets, programs and further processes (seccomp filters)."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    machine = os.uname().machine
    if machine not in _REFUSED:
        return
    architecture, numbers = _REFUSED[machine]
    load, equal, answer = 0x20, 0x15, 0x06  # BPF: ld abs, jeq, ret
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    call_at, architecture_at = 0, 4
    program = [
        (load, 0, 0, architecture_at),
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, call_at),
        *((equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    filters = ctypes.create_string_buffer(packed)
    described = struct.pack("@HP", len(program), ctypes.addressof(filters))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)


if __name__ == "__main__":
    main()
