"""Backups of a server of our own: copies of all its files, and the log of every change since.

    backup_dir/base/20261122T064512.120001Z   the files, as they were when the copy was finished
    backup_dir/wal/000000010000000000000007   every change, in pieces of at most a minute

A moment is restored from the last copy before it and the pieces after that. A database that
somebody else runs is backed up by its own means, pgBackRest for one.
"""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from backend.local.cluster import Cluster
from backend.local.postgres import LocalPostgres
from backend.local.problems import LocalProblem

_NAMED: Final = "%Y%m%dT%H%M%S.%fZ"
_UNFINISHED: Final = "unfinished"
_PIECE_SECONDS: Final = 60
"""What a lost disk may cost: the time within which a piece of the log is put aside."""
_RECOVERY_SECONDS_MAX: Final = 12 * 3600.0
_REST_SECONDS_MAX: Final = 60.0


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a server's files, and when it was finished: nothing earlier comes back from it."""

    folder: Path
    at: datetime

    @property
    def first_piece(self) -> str:
        """The piece of the log without which this copy is of no use."""
        label = (self.folder / "backup_label").read_text(encoding="utf-8")
        return label.partition("(file ")[2].partition(")")[0]


class Backups:
    """The backups in `folder` of the server whose files are in `home`."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._bases, self._pieces = folder / "base", folder / "wal"
        self._cluster = Cluster(home)

    def claim(self) -> None:
        """Make the folders; raises `LocalProblem` when the server could not write into them."""
        account = self._cluster.account
        try:
            for folder in (self._bases, self._pieces):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if account is not None:
                os.chown(self._pieces, account.uid, account.gid)
        except OSError as error:
            raise LocalProblem(f"{self._pieces.parent} cannot be written: {error}") from error
        if account is not None and not account.may_enter(self._pieces.parent):
            raise LocalProblem(
                f"The account that runs PostgreSQL cannot get to {self._pieces}.\n"
                "Name a folder in TINHS_BACKUP_DIR that others may pass through."
            )

    def archiving(self) -> Mapping[str, str]:
        """Return the settings of a server that puts every piece of its log aside."""
        piece = f"{_quoted(self._pieces)}/%f"
        # A piece that is there already may be the very one: the server was killed before it knew.
        return {
            "archive_mode": "on",
            "archive_timeout": str(_PIECE_SECONDS),
            "archive_command": (
                f"if test -f {piece}; then cmp -s %p {piece}; "
                f"else cp %p {piece}.part && sync {piece}.part && mv {piece}.part {piece}; fi"
            ),
        }

    def kept(self) -> list[Backup]:
        """Return the finished copies, the oldest first."""
        if not self._bases.exists():
            return []
        return sorted(
            (
                Backup(folder=each, at=datetime.strptime(each.name, _NAMED).replace(tzinfo=UTC))
                for each in self._bases.iterdir()
                if each.name != _UNFINISHED
            ),
            key=lambda base: base.at,
        )

    def last_before(self, moment: datetime | None) -> Backup:
        """Return the copy to begin from. Raises `LocalProblem` when none is so old."""
        found = [base for base in self.kept() if moment is None or base.at <= moment]
        if not found:
            raise LocalProblem(
                f"There is no backup in {self._bases} that was finished before that moment.\n"
                "Type: tinhs backups"
            )
        return found[-1]

    def take(self) -> Backup:
        """Copy the files of the running server, and read the copy through. It does not stop.

        Raises `LocalProblem` when the copy is not whole; the earlier ones are then untouched.
        """
        programs, unfinished = self._cluster.programs(), self._bases / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        _run(
            [
                programs / "pg_basebackup",
                f"--dbname={self._cluster.url}",
                f"--pgdata={unfinished}",
                "--checkpoint=fast",
                "--wal-method=stream",
            ]
        )
        _run([programs / "pg_verifybackup", "--quiet", unfinished])
        at = datetime.now(UTC)
        return Backup(folder=unfinished.rename(self._bases / at.strftime(_NAMED)), at=at)

    def forget(self, before: datetime) -> int:
        """Remove the copies from before a moment and the log that only they needed; say how many.

        The last one stays, however old it is.
        """
        every = self.kept()
        old = [base for base in every[:-1] if base.at < before]
        for base in old:
            shutil.rmtree(base.folder)
        if kept := [base for base in every if base not in old]:
            cleanup = self._cluster.programs() / "pg_archivecleanup"
            _run([cleanup, self._pieces, kept[0].first_piece])
        return len(old)

    @contextmanager
    def recovered(
        self, base: Backup, to: datetime | None, *, home: Path, goes_on: bool
    ) -> Iterator[str]:
        """Run a server in `home` on the rows of a moment; the value is its administrator's address.

        Without `to`, of the last moment there is. With `goes_on` its own changes continue the log
        of these backups; a drill's must not. Raises `LocalProblem` when the log does not reach
        that far, with what PostgreSQL said of it.
        """
        cluster = Cluster(home)
        cluster.claim()
        shutil.rmtree(cluster.pgdata, ignore_errors=True)
        shutil.copytree(base.folder, cluster.pgdata, symlinks=True)
        (cluster.pgdata / "recovery.signal").touch()
        if cluster.account is not None:
            for folder, _, names in os.walk(cluster.pgdata):
                for path in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118
                    os.chown(path, cluster.account.uid, cluster.account.gid, follow_symlinks=False)
        settings = {
            "restore_command": f"cp {_quoted(self._pieces)}/%f %p",
            "hot_standby": "off",  # nobody comes in before the last piece is replayed
        }
        if to is not None:
            settings["recovery_target_time"] = to.astimezone(UTC).isoformat()
            settings["recovery_target_action"] = "promote"
        if goes_on:
            settings |= self.archiving()
        server = LocalPostgres(home, settings=settings, patience_seconds=_RECOVERY_SECONDS_MAX)
        with server as url:
            yield url

    def replace_by(self, home: Path) -> Path:
        """Put the files of a stopped server into the place of ours; return where ours lie now."""
        kept = self._cluster.home / f"pgdata-before-{datetime.now(UTC).strftime(_NAMED)}"
        if self._cluster.pgdata.exists():
            self._cluster.pgdata.rename(kept)
        else:
            self._cluster.claim()
        shutil.move(Cluster(home).pgdata, self._cluster.pgdata)
        return kept

    def put_rest_aside(self, segment: str) -> None:
        """Wait until the piece of the log that is being written has been put aside."""
        end = time.monotonic() + _REST_SECONDS_MAX
        while not (self._pieces / segment).exists():
            if time.monotonic() > end:
                raise LocalProblem(f"{segment} does not get into {self._pieces}.")
            time.sleep(0.05)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path)).replace("%", "%%")


def _run(command: list[str | Path]) -> None:
    ended = subprocess.run(  # noqa: S603 - a program of PostgreSQL
        command, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise LocalProblem(f"{Path(command[0]).name} failed:\n{ended.stderr.strip()}")
