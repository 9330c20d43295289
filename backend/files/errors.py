"""Refusals of the file store's own routes; those of photos stand in `backend.kernel.files`."""

from backend.kernel import DomainError


class OffsetConflict(DomainError):
    """The upload stands elsewhere (`offset`): ask where with HEAD, and go on from there."""

    slug = "files/offset-conflict"


class UploadTooLong(DomainError):
    """More bytes came than were announced, or were announced than are taken (`bytes_max`)."""

    slug = "files/upload-too-long"
    status = 413


class FileInfected(DomainError):
    """A scanner knows these bytes to do harm; they have been destroyed."""

    slug = "files/infected"
    status = 422


class TusVersion(DomainError):
    """Uploads speak tus 1.0.0, and say so in `Tus-Resumable`."""

    slug = "files/tus-version"
    status = 412


class UnknownPurpose(DomainError):
    """No module of this installation collects files for that purpose."""

    slug = "files/unknown-purpose"
    status = 422
