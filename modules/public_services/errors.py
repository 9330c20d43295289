"""Why the catalogue refuses."""

from backend.kernel import DomainError


class NoSuchProcedure(DomainError):
    """No procedure bears that code, or none was in force on that day."""

    slug = "public_services/no-such-procedure"
    status = 404


class NoSuchVersion(DomainError):
    """The procedure has no such version."""

    slug = "public_services/no-such-version"
    status = 404


class ResyncRequired(DomainError):
    """The changes asked for are older than what is kept: fetch the snapshot."""

    slug = "public_services/resync-required"
    status = 410


class NoSuchImport(DomainError):
    """There is no such import."""

    slug = "public_services/no-such-import"
    status = 404


class ImportRunning(DomainError):
    """Another file is being validated."""

    slug = "public_services/import-running"


class ImportHasErrors(DomainError):
    """The file was refused; nothing of it can be applied unless the codes at fault are left out."""

    slug = "public_services/import-has-errors"


class ImportNotReady(DomainError):
    """The import is not waiting to be applied: it is still read, applied or withdrawn."""

    slug = "public_services/import-not-ready"


class CatalogueMoved(DomainError):
    """The catalogue changed after the file was validated: bring the file again."""

    slug = "public_services/catalogue-moved"


class NoSuchLifeEvent(DomainError):
    """There is no life event of that name."""

    slug = "public_services/no-such-life-event"
    status = 404
