"""The files of one server on the disk, and what they tell about the server that runs on them."""

import hashlib
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

from backend.local.account import Account, stand_in
from backend.local.binaries import find_binaries, version, within_reach
from backend.local.problems import LocalProblem

_BUILTIN_LOCALES: Final = 17
"""The release that brought its own C.UTF-8: the same order of text on every machine."""
_OUT_OF_REACH: Final = Path("/var/lib/tinhs")
_SOCKET: Final = ".s.PGSQL.5432"
_SOCKET_PATH_MAX: Final = 100  # Linux takes 107 bytes, macOS 103
_STATUS_LINE: Final = 7
_LOG_TAIL_BYTES: Final = 2000


class Cluster:
    """Where everything of one server lies. Making one changes nothing on the disk."""

    def __init__(self, home: Path) -> None:
        self.asked = home.absolute()
        home = home.resolve()
        self.account = stand_in(home / "pgdata")
        self.home = home if self.account is None else _placed(home, self.account)
        self.pgdata = self.home / "pgdata"
        self.log = self.home / "postgres.log"
        self.lock = self.home / "owner.lock"
        self.sockets = self.home
        if len(str(self.sockets / _SOCKET)) > _SOCKET_PATH_MAX:
            self.sockets = Path("/tmp") / f"tinhs-{_short(self.home)}"  # noqa: S108 - `_own` looks

    @property
    def url(self) -> str:
        """The address of the administrator: a superuser, for tools and never for requests."""
        return f"postgresql://postgres@/postgres?host={self.sockets}"

    def claim(self) -> None:
        """Make the folders, and make sure that they are ours. Raises `LocalProblem`."""
        for folder in dict.fromkeys((self.home, self.sockets)):
            _own(folder, self.account)
        if self.asked.resolve() != self.home:
            # The way back: whoever looks in the checkout finds where the files went.
            if self.asked.exists():
                self.asked.rmdir()
            self.asked.symlink_to(self.home)

    def programs(self) -> Path:
        """Return the folder of programs that fit these files. Raises `LocalProblem`."""
        found = find_binaries()
        made_by = self.pgdata / "PG_VERSION"
        if made_by.exists() and (theirs := made_by.read_text().strip()) != str(version(found)):
            raise LocalProblem(
                f"The database in {self.pgdata} was made by PostgreSQL {theirs}, and the programs "
                f"here are {version(found)}.\n"
                "Take what you need with that version's pg_dump, then type: make reset"
            )
        return found if self.account is None else within_reach(found, self.account, self.home)

    def create(self, programs: Path, *, synced: bool) -> None:
        """Make an empty database if there is none, all at once.

        An interrupted attempt leaves a folder that the next one throws away.
        """
        if self.pgdata.exists():
            return
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if (version(programs) or 0) >= _BUILTIN_LOCALES
            else ["--locale=C.UTF-8"]
        )
        asked = [str(programs / "initdb"), "-D", str(unfinished), "-U", "postgres"]
        asked += ["--encoding=UTF8", "--auth-local=trust", "--auth-host=reject", *locale]
        if not synced:
            asked += ["--no-sync"]
        made = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            asked,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )
        if made.returncode != 0:
            raise LocalProblem(f"PostgreSQL could not make its files:\n{made.stderr.strip()}")
        unfinished.rename(self.pgdata)

    def answers(self) -> bool:
        """Tell whether a server takes connections here now."""
        try:
            with socket.socket(socket.AF_UNIX) as knock:
                knock.settimeout(1)
                knock.connect(str(self.sockets / _SOCKET))
            # A server writes this file anew before it listens, so what we read is its own.
            lines = (self.pgdata / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def forget_the_dead(self) -> None:
        """Remove the marks of a server that was killed; call it when none is left.

        A number in them may by now belong to another program, for which PostgreSQL would stand
        back. That nobody works on these files is known better: we hold their lock, and looked.
        """
        (self.pgdata / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f"{_SOCKET}.lock").unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the end of the server's log."""
        try:
            return self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        except OSError:
            return ""


def _placed(home: Path, account: Account) -> Path:
    """Return `home`, or a folder elsewhere when `account` cannot get to it."""
    nearest = next(folder for folder in home.parents if folder.exists())
    return home if account.may_enter(nearest) else _OUT_OF_REACH / _short(home)


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


def _own(folder: Path, account: Account | None) -> None:
    """Make `folder`, closed to everyone but the server's account; refuse somebody else's."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if account is not None and folder.lstat().st_uid == 0:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        owner = os.geteuid() if account is None else account.uid
        if folder.is_symlink() or folder.stat().st_uid != owner:
            raise PermissionError
        folder.chmod(0o700)
    except PermissionError as error:
        raise LocalProblem(
            f"{folder} belongs to another account of this machine.\n"
            "Name a folder of your own in TINHS_DATA_DIR, or a server in TINHS_DATABASE_URL."
        ) from error
