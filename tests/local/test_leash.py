"""What we start ends when we end, also where the kernel does not see to it."""

import signal
import subprocess
import sys

import pytest

from backend.local.leash import leashed

PARENT = """
import signal, subprocess, sys, time
from backend.local.leash import leashed
note = "import sys, time; print('here', flush=True); time.sleep(60)"
command = leashed([sys.executable, "-c", note], last_words=signal.SIGTERM, watched=%r)
subprocess.Popen(command)
time.sleep(60)
"""


@pytest.mark.parametrize("watched", [False, True])
def test_a_child_ends_when_its_parent_is_killed(watched: bool) -> None:  # noqa: FBT001
    if sys.platform != "linux" and not watched:
        pytest.skip("only Linux has a kernel that tells children of their parent's end")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT % watched], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "here\n"

    parent.kill()

    # The child holds the other end: it is closed when the child is gone.
    assert parent.communicate(timeout=20)[0] == ""


@pytest.mark.parametrize("watched", [False, True])
def test_a_signal_reaches_the_child(watched: bool) -> None:  # noqa: FBT001
    note = "import signal; print('here', flush=True); signal.pause()"
    child = subprocess.Popen(
        leashed([sys.executable, "-c", note], last_words=signal.SIGINT, watched=watched),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "here\n"

    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=20)

    assert child.returncode in {-signal.SIGTERM, 128 + signal.SIGTERM}
