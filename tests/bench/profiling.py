"""Where our time goes in a scenario, by function: `make bench PROFILE=signed-read`."""

import subprocess
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.load import load
from tests.bench.scenarios import Scenario
from tests.bench.servers import PEERS

_SECONDS: Final = 8
_RATE: Final = 500
_SHOWN: Final = 40
_WAITING: Final = "_spawn_asgi_lifespan_worker"
"""Where the server waits for the event loop."""


async def profile(scenario: Scenario) -> str:
    """Return the functions of ours that were at work most often while it was under load.

    A sample counts for the function at work (`itself`) and for all that it was called by
    (`in all`). What the kernel does when we write to a socket counts for the function that
    writes; the server's own threads, and waiting, are left out.
    """
    ours = scenario.subjects[0]
    await _drive(scenario)  # whoever has worked by then is the worker
    with TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        sampler = subprocess.Popen(  # noqa: ASYNC220 - it samples while we make the load
            [
                *(PEERS.with_name("py-spy"), "record", "--nonblocking", "--format", "raw"),
                *("--rate", str(_RATE), "--duration", str(_SECONDS)),
                *("--output", stacks, "--pid", str(ours.server.worker_pid())),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while sampler.poll() is None:
            await _drive(scenario)
        if sampler.returncode != 0:
            said = sampler.stderr.read().decode() if sampler.stderr else ""
            return f"py-spy may not look into the worker (as root it may):\n{said}"
        return _summed(stacks.read_text())


async def _drive(scenario: Scenario) -> None:
    ours = scenario.subjects[0]
    await load(
        ours.server.port,
        ours.requests(4000),
        seconds=1,
        connections=scenario.connections,
        status=ours.status,
        repeat=ours.repeat,
    )


def _summed(stacks: str) -> str:
    itself: Counter[str] = Counter()
    in_all: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        if not stack or _WAITING in stack.rpartition(";")[2]:
            continue
        frames = [frame.rpartition(":")[0] or frame for frame in stack.split(";")]
        total += int(count)
        itself[frames[-1]] += int(count)
        for frame in set(frames):
            in_all[frame] += int(count)
    lines = [f"{total} samples", f"{'itself':>8}{'in all':>8}  function"]
    for frame, count in itself.most_common(_SHOWN):
        lines.append(f"{count / total:8.1%}{in_all[frame] / total:8.1%}  {frame}")
    return "\n".join(lines)
