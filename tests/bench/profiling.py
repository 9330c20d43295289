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


async def profile(scenario: Scenario) -> str:
    """Return the functions that held the interpreter longest while ours was under load.

    A sample counts for the function at work (`itself`) and for all that it was called by
    (`in all`). PostgreSQL and the server's own threads do not hold the interpreter.
    """
    ours = scenario.subjects[0]
    with TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        sampler = subprocess.Popen(  # noqa: ASYNC220 - it samples while we make the load
            [
                *(PEERS.with_name("py-spy"), "record", "--gil", "--format", "raw"),
                *("--rate", str(_RATE), "--duration", str(_SECONDS)),
                *("--output", stacks, "--pid", str(ours.server.worker_pid())),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while sampler.poll() is None:
            await load(
                ours.server.port,
                ours.requests(4000),
                seconds=1,
                connections=scenario.connections,
                status=ours.status,
                repeat=ours.repeat,
            )
        if sampler.returncode != 0:
            said = sampler.stderr.read().decode() if sampler.stderr else ""
            return f"py-spy may not look into the worker (as root it may):\n{said}"
        return _summed(stacks.read_text())


def _summed(stacks: str) -> str:
    itself: Counter[str] = Counter()
    in_all: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] or frame for frame in stack.split(";")]
        total += int(count)
        itself[frames[-1]] += int(count)
        for frame in set(frames):
            in_all[frame] += int(count)
    lines = [f"{total} samples", f"{'itself':>8}{'in all':>8}  function"]
    for frame, count in itself.most_common(_SHOWN):
        lines.append(f"{count / total:8.1%}{in_all[frame] / total:8.1%}  {frame}")
    return "\n".join(lines)
