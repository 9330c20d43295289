"""Bringing a file: read all of it, say all that is wrong, and then apply all of it or nothing."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID

import msgspec

from backend.kernel import Snapshot, Transaction, new_id, t
from contracts.page import Page
from modules.public_services.errors import (
    CatalogueMoved,
    ImportHasErrors,
    ImportNotReady,
    ImportRunning,
    NoSuchImport,
)
from modules.public_services.model import comparison
from modules.public_services.model.findings import Finding, found
from modules.public_services.model.imports import (
    PART_BYTES,
    Count,
    CurrentVersion,
    FindingRow,
    FindingView,
    Import,
    Options,
    PlannedChange,
    Staged,
    same_decision,
)
from modules.public_services.model.procedures import Record
from modules.public_services.model.reading import Named, read
from modules.public_services.repository import application
from modules.public_services.repository import imports as repository
from modules.public_services.service import indexing

_BATCH: Final = 200
FINDINGS_MAX: Final = 10_000


class Validation:
    """Holds the records of one file against the catalogue as it is."""

    def __init__(
        self,
        tx: Transaction,
        brought: Import,
        current: dict[str, CurrentVersion],
        ended: dict[str, CurrentVersion],
    ) -> None:
        self._tx, self._import = tx, brought
        self._current, self._ended = current, ended
        self._position = 0
        self._decisions: dict[tuple[str, str], UUID] = {}
        self._seen: set[str] = set()
        self._staged: list[Staged] = []
        self._findings: list[FindingRow] = []
        self.records = self.errors = self.warnings = 0

    async def take(self, items: Iterable[Record | Finding]) -> None:
        """Stage what can be, note what is wrong, and write both down batch by batch."""
        remaining = iter(items)
        while batch := list(islice(remaining, _BATCH)):
            records = [each for each in batch if isinstance(each, Record)]
            for each in batch:
                if isinstance(each, Finding):
                    self.note(each)
            for record in records:
                self._stage(record)
            await self._name_fields()
            await self._write()
        if self._import.options.complete:
            self._abolish()
        await self._write()

    def note(self, finding: Finding) -> None:
        is_error = finding.severity == "error"
        self.errors += is_error
        self.warnings += not is_error
        number = self.errors + self.warnings
        if number <= FINDINGS_MAX:
            row = FindingRow(
                position=number,
                severity=finding.severity,
                code=finding.code,
                file=finding.file,
                place=finding.place,
                column_name=finding.column_name,
                value=finding.value,
                procedure_code=finding.procedure_code,
            )
            self._findings.append(row)

    def _stage(self, record: Record) -> None:
        self.records += 1
        self._seen.add(record.code)
        known = self._current.get(record.code)
        if not record.in_force:
            if known is not None:
                self._staged.append(self._ending(known))
            return
        staged = self._staged_of(record, known)
        if staged.change == "changed" and known is not None:
            fault = self._fault(staged, known)
            if fault:
                finding = found(fault, record.place, value=record.code)
                self.note(msgspec.structs.replace(finding, procedure_code=record.code))
                return
        earlier = self._ended.get(record.code)
        if known is None and earlier is not None and staged.valid_from < earlier.valid_from:
            finding = found("version-older-than-current", record.place, value=record.code)
            self.note(msgspec.structs.replace(finding, procedure_code=record.code))
            return
        self._staged.append(staged)

    def _fault(self, staged: Staged, known: CurrentVersion) -> str:
        options = self._import.options
        is_same = same_decision(staged, known)
        if is_same and not options.correction:
            return "same-decision-different-content"
        if staged.valid_from < known.valid_from or (
            staged.valid_from == known.valid_from and not is_same
        ):
            return "version-older-than-current"
        return ""

    def _staged_of(self, record: Record, known: CurrentVersion | None) -> Staged:
        options = self._import.options
        number = record.decision or options.decision
        agency = record.agency or options.agency
        digest = record.digest
        is_same = known is not None and known.digest == digest
        self._position += 1
        return Staged(
            position=self._position,
            code=record.code,
            base_code=record.base_code,
            change="new" if known is None else "unchanged" if is_same else "changed",
            fields=(),
            procedure_id=known.procedure_id if known else self._new_id(),
            version_id=self._new_id(),
            decision_id=self._decisions.setdefault((number, agency), self._new_id()),
            decision_number=number,
            decision_agency=agency,
            valid_from=options.effective_on,
            head=None if is_same else record.head,
            body=None if is_same else record.body,
            source=None if is_same else record.source,
            citizen_text=record.text,
            digest=digest,
            replaces=record.replaces,
        )

    def _ending(self, known: CurrentVersion) -> Staged:
        options = self._import.options
        self._position += 1
        return Staged(
            position=self._position,
            code=known.code,
            base_code=None,
            change="abolished",
            fields=(),
            procedure_id=known.procedure_id,
            version_id=self._new_id(),
            decision_id=self._new_id(),
            decision_number=options.decision,
            decision_agency=options.agency,
            valid_from=options.effective_on,
            head=None,
            body=None,
            source=None,
            citizen_text=None,
            digest="",
        )

    def _abolish(self) -> None:
        for code, known in self._current.items():
            if code not in self._seen and known.is_national:
                if self._import.options.effective_on <= known.valid_from:
                    fault = found("version-older-than-current", "", value=code)
                    self.note(msgspec.structs.replace(fault, procedure_code=code))
                else:
                    self._staged.append(self._ending(known))

    async def _name_fields(self) -> None:
        """Say of each changed record which members differ from what is in force."""
        changed = [each.code for each in self._staged if each.change == "changed"]
        if not changed:
            return
        before = await repository.documents(self._tx, changed)
        self._staged = [
            msgspec.structs.replace(
                each,
                fields=tuple(
                    comparison.changed_fields(
                        comparison.document(before[each.code]), _document(each)
                    )
                ),
            )
            if each.code in before and each.change == "changed"
            else each
            for each in self._staged
        ]

    async def _write(self) -> None:
        if self._staged:
            await repository.stage(self._tx, self._import.id, self._staged)
        if self._findings:
            await repository.put_findings(self._tx, self._import.id, self._findings)
        self._staged, self._findings = [], []

    def _new_id(self) -> UUID:
        return new_id(self._tx.now, self._position)


def _document(staged: Staged) -> dict[str, Any]:
    return {**msgspec.to_builtins(staged.head), "body": msgspec.to_builtins(staged.body)}


async def bring(tx: Transaction, options: Options, file_name: str, content: bytes) -> Import:
    """Keep a file to be read by a worker. Raises `ImportRunning`."""
    brought = await enter(tx, options, file_name, hashlib.sha256(content).hexdigest())
    for part, start in enumerate(range(0, len(content), PART_BYTES)):
        await repository.put_part(tx, brought.id, part, content[start : start + PART_BYTES])
    return brought


async def enter(tx: Transaction, options: Options, file_name: str, digest: str) -> Import:
    """Note that a file is there, one at a time. Raises `ImportRunning`."""
    brought = await repository.add(tx, options, file_name, digest)
    if brought is None:
        raise ImportRunning
    return brought


async def unpacked(tx: Transaction, import_id: UUID) -> IO[bytes]:
    """Return the file that was brought, from its parts."""
    file, part = TemporaryFile(), 0  # noqa: SIM115 - its reader closes it
    while content := await repository.part(tx, import_id, part):
        file.write(content)
        part += 1
    file.seek(0)
    return file


async def validate(tx: Transaction, brought: Import, files: Sequence[Named]) -> Import:
    """Read all of it and say what would change; the catalogue stays as it is."""
    await repository.lock(tx)
    validation = Validation(tx, brought, await repository.current(tx), await repository.ended(tx))
    await validation.take(read(files))
    moved = msgspec.structs.replace(
        brought,
        state="rejected" if validation.errors else "ready",
        records=validation.records,
        errors=validation.errors,
        warnings=validation.warnings,
        validated_at=tx.now,
    )
    await repository.forget_parts(tx, brought.id)
    kept = await repository.move(tx, moved)
    if kept is None:
        raise ImportNotReady
    return kept


async def apply(tx: Transaction, import_id: UUID, left_out: Sequence[str]) -> Import:
    """Let a validated file change the catalogue, but for the procedures that are left out.

    Raises `NoSuchImport`, `ImportNotReady`, `ImportHasErrors`, `CatalogueMoved`.
    """
    await repository.lock(tx)
    brought = await repository.find(tx, import_id)
    if brought is None:
        raise NoSuchImport
    if brought.state not in {"ready", "rejected"}:
        raise ImportNotReady
    if brought.errors and not await repository.blamed(tx, import_id) <= {*left_out}:
        raise ImportHasErrors
    if await repository.has_moved(tx, brought.id):
        raise CatalogueMoved
    await application.apply(tx, import_id, tuple(left_out), at=tx.now)
    applied = msgspec.structs.replace(
        brought, state="applied", applied_at=tx.now, left_out=tuple(left_out)
    )
    closed = await repository.close(tx, applied)
    await indexing.changed(tx)
    return closed


async def withdraw(tx: Transaction, import_id: UUID) -> Import:
    """Give up a file that was brought. Raises `NoSuchImport`, `ImportNotReady`."""
    brought = await repository.find(tx, import_id)
    if brought is None:
        raise NoSuchImport
    if brought.state == "applied":
        raise ImportNotReady
    await repository.forget_parts(tx, import_id)
    return await repository.close(tx, msgspec.structs.replace(brought, state="withdrawn"))


async def read_import(tx: Snapshot, import_id: UUID) -> Import:
    """Raises `NoSuchImport`."""
    brought = await repository.read(tx, import_id)
    if brought is None:
        raise NoSuchImport
    return brought


async def ready_count(snapshot: Snapshot) -> int:
    """Return how many files wait for somebody to publish them."""
    return await repository.ready_count(snapshot)


async def recent(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Import]:
    """Return the files that were brought, the newest first."""
    return await repository.recent(snapshot, cursor, limit)


async def findings(
    tx: Snapshot, import_id: UUID, cursor: str | None, limit: int
) -> Page[FindingRow]:
    """Return what was found, in the order of the file. Raises `NoSuchImport`."""
    await read_import(tx, import_id)
    return await repository.findings(tx, import_id, cursor, limit)


async def first_findings(tx: Snapshot, import_id: UUID, most: int) -> Sequence[FindingRow]:
    """Return what was found first."""
    return (await findings(tx, import_id, None, most)).items


async def counts(tx: Snapshot, import_id: UUID) -> Sequence[Count]:
    """Return how many procedures an import would add, change, end and leave as they are."""
    return await repository.counts(tx, import_id)


def view(row: FindingRow) -> FindingView:
    """Return a finding with its sentence in the language of the caller."""
    return FindingView(
        position=row.position,
        severity=row.severity,
        code=row.code,
        text=t(f"public_services.findings.{row.code}"),
        file=row.file,
        place=row.place,
        column=row.column_name,
        value=row.value,
        procedure_code=row.procedure_code,
    )


async def planned(
    tx: Snapshot, import_id: UUID, cursor: str | None, limit: int
) -> Page[PlannedChange]:
    """Return what an import would change. Raises `NoSuchImport`."""
    await read_import(tx, import_id)
    return await repository.planned(tx, import_id, cursor, limit)
