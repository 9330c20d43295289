"""As whom the server runs: PostgreSQL refuses to run as root."""

import os
import pwd
from pathlib import Path

import msgspec

from backend.local.problems import LocalProblem

_STAND_INS = ("postgres", "nobody", "_postgres")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of this machine, and the group that goes with it."""

    uid: int
    gid: int

    def may_use(self, path: Path) -> bool:
        """Tell whether this account can reach `path` and read it, or list it if it is a folder."""
        return self._has(path, 0o5 if path.is_dir() else 0o4) and self.may_enter(path.parent)

    def may_enter(self, folder: Path) -> bool:
        """Tell whether this account can reach what lies in `folder`, given its name."""
        return all(self._has(each, 0o1) for each in (folder, *folder.parents))

    def _has(self, path: Path, wanted: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            mode = status.st_mode >> 6
        elif status.st_gid == self.gid:
            mode = status.st_mode >> 3
        else:
            mode = status.st_mode
        return mode & wanted == wanted


def stand_in(pgdata: Path) -> Account | None:
    """Return the account to run the server as when we are root; None when we are not.

    What an ordinary user began stays that user's, also when root continues it.
    """
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and (status := pgdata.stat()).st_uid != 0:
        return Account(uid=status.st_uid, gid=status.st_gid)
    for name in _STAND_INS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=found.pw_uid, gid=found.pw_gid)
    raise LocalProblem(
        "PostgreSQL does not run as root, and this machine has no account `postgres` or `nobody`.\n"
        "Run this as an ordinary user, or name a server in TINHS_DATABASE_URL."
    )
