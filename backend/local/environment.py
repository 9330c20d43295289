"""Make a virtual environment from a lock file, once: `python environment.py FOLDER LOCK [--house]`.

The Makefile runs this file as a script, with whatever Python the machine has, before anything is
installed; so it needs the standard library alone. With `--house` the checkout itself is installed
too, so that its entry points are found.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_LOG_TAIL_LINES = 25


class Environment:
    """A virtual environment of the checkout that we stand in."""

    def __init__(self, folder: Path, lock: Path, *, with_house: bool) -> None:
        self._folder = folder
        self._lock = lock
        self._with_house = with_house
        self._log = folder / "pip.log"

    def make(self) -> None:
        """Bring it up to date; what is so already costs two looks at a file.

        A stamp is written last, so an interrupted attempt is begun again from nothing.
        """
        with _alone():
            asked = self._digest(self._lock, sys.version, str(Path.cwd()))
            if self._stamp("locked") != asked:
                self._begin()
                self._pip("--require-hashes", "--only-binary=:all:", "-r", str(self._lock))
                self._set_stamp("locked", asked)
            if not self._with_house:
                return
            asked = self._digest(Path("pyproject.toml"))
            if self._stamp("house") != asked:
                self._pip("--no-deps", "--no-build-isolation", "--editable", ".")
                self._set_stamp("house", asked)

    def _begin(self) -> None:
        _say(f"Making the Python environment in {self._folder}, once: this takes a minute …")
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            venv.create(self._folder, with_pip=True, symlinks=True)
        except (subprocess.CalledProcessError, ImportError):
            shutil.rmtree(self._folder, ignore_errors=True)
            sys.exit(
                "This Python cannot make virtual environments. On Debian and Ubuntu type:\n"
                f"  apt install python{sys.version_info.major}.{sys.version_info.minor}-venv"
            )

    def _pip(self, *arguments: str) -> None:
        python = self._folder / "bin" / "python"
        with self._log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own environment's pip
                [python, "-m", "pip", "install", "--no-input", *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            )
        if done.returncode != 0:
            lines = self._log.read_text(errors="replace").splitlines()
            _say("\n".join(lines[-_LOG_TAIL_LINES:]))
            sys.exit(
                f"\nInstalling failed; {self._log} has the whole story. When it is mended (the"
                " network?), type the same command again."
            )

    def _digest(self, file: Path, *more: str) -> str:
        digest = hashlib.sha256(file.read_bytes())
        digest.update("\0".join(more).encode())
        return digest.hexdigest()

    def _stamp(self, name: str) -> str:
        try:
            return (self._folder / f".{name}").read_text()
        except OSError:
            return ""

    def _set_stamp(self, name: str, text: str) -> None:
        draft = self._folder / f".{name}.draft"
        draft.write_text(text)
        draft.replace(self._folder / f".{name}")


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for others who make an environment in this checkout; the folder itself is the lock."""
    folder = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(arguments: Sequence[str]) -> None:
    """Do as the command line says, in the folder that we stand in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--house", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        Environment(asked.folder, asked.lock, with_house=asked.house).make()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
