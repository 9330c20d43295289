"""`tinhs run`: everything comes up, comes back, and goes."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 30
REMEMBERED_SECONDS = 1.1
"""`/readyz` may answer what it found a second ago: ready, before something was killed."""
ASKING = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
"""Made once: each `httpx.get` reads all authorities of the machine, and these ask in plain HTTP."""


class Run:
    """One `tinhs run` with a folder and a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TINHS_")}
        self._program = subprocess.Popen(
            [sys.executable, "-m", "backend", "run", "--workers", "1"],
            cwd=ROOT,
            env={**environment, "TINHS_DATA_DIR": str(folder), "TINHS_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def ready(self) -> "Run":
        """Wait for the panel."""
        assert self._program.stdout is not None
        while "Ctrl-C" not in self.said:
            line = self._program.stdout.readline()
            assert line, f"it ended: {self.said}"
            self.said += line
        return self

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it, wait for that, and return its exit code."""
        self._program.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        self.said += self._program.communicate(timeout=SECONDS)[0]
        return self._program.returncode

    def family(self) -> dict[int, str]:
        """The programs that it started and they started: number → command."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = [line.split(maxsplit=2) for line in listed.splitlines()]
        family = {self._program.pid: ""}
        for pid, parent, command in sorted(rows, key=lambda row: int(row[0])):
            if int(parent) in family:
                family[int(pid)] = command
        del family[self._program.pid]
        return family

    @property
    def is_over(self) -> bool:
        return self._program.poll() is not None


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where an installation may keep its data; every account of the machine can get there."""
    path = Path(tempfile.mkdtemp(prefix="tinhs-tests-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Run]:
    """An installation that is up."""
    run = Run(folder / "var", free_port()).ready()
    yield run
    if not run.is_over:
        run.end()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def is_ready(run: Run) -> bool:
    try:
        return ASKING.get(f"{run.url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def test_what_the_panel_says_to_type_works(running: Run) -> None:
    addresses = re.findall(r"http://localhost:\d+(\S+)", running.said)

    assert addresses
    for path in addresses:
        assert ASKING.get(running.url + path).status_code == 200, path


@pytest.mark.parametrize("victim", ["backend serve", "backend work run", "pgdata"])
def test_whatever_is_killed_comes_back(running: Run, victim: str) -> None:
    def victims() -> set[int]:
        return {pid for pid, command in running.family().items() if victim in command}

    # A neighbour may have killed PostgreSQL a moment ago, and what lost it goes and comes anew.
    until(lambda: victims() and is_ready(running))
    before = victims()
    for pid in before:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    until(lambda: victims() - before)
    came = time.monotonic()
    until(lambda: time.monotonic() > came + REMEMBERED_SECONDS and is_ready(running))


def test_a_second_run_from_the_same_folder_says_that_there_is_one(
    running: Run, folder: Path
) -> None:
    second = Run(folder / "var", free_port())

    assert second.wait() == 1
    assert "running already" in second.said


BESIDE = {
    "audit verify": " 0 findings",
    "migrate": "0 applied",
    "call GET /v1/territory/units?limit=1": '"next_cursor"',
}


def typed(folder: Path, words: str) -> "subprocess.Popen[str]":
    """Type a verb in another terminal, in which nothing is set but where the data lie."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TINHS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "backend", *words.split()],
        env={**bare, "TINHS_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_verb_typed_beside_it_finds_database_keys_and_port(running: Run, folder: Path) -> None:
    everything = {words: typed(folder / "var", words) for words in BESIDE}
    elsewhere = typed(folder / "nowhere", "audit verify")

    for words, program in everything.items():
        said = program.communicate(timeout=60)[0]
        assert (program.returncode, BESIDE[words] in said) == (0, True), said
    assert "TINHS_DATABASE_JOB_URL is not set" in elsewhere.communicate(timeout=60)[0]


def test_a_taken_port_is_named_with_what_to_type(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        run = Run(folder / "another", port)

        assert run.wait() == 1
        assert f"TINHS_PORT={port + 1} make run" in run.said


def test_a_misspelt_setting_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend", "run"],
        env={**os.environ, "TINHS_DATA_DIR": str(folder / "another"), "TINHS_PROT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "did you mean TINHS_PORT?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_kill_takes_everything_along_and_the_next_start_finds_its_way(folder: Path) -> None:
    port = free_port()
    killed = Run(folder / "third", port).ready()
    family = killed.family()
    assert family

    killed.end(signal.SIGKILL)
    following = Run(folder / "third", port).ready()

    until(lambda: is_ready(following))
    until(lambda: not set(family) & alive())
    family = following.family()
    assert following.end() == 0
    assert not set(family) & alive()


def alive() -> set[int]:
    """The numbers of all programs that run now."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {int(pid) for pid, state in rows if not state.startswith("Z")}
