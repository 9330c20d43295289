"""Why the catalogue refuses."""

from backend.kernel import DomainError


class NoSuchProcedure(DomainError):
    """No procedure bears that code, or none was in force on that day."""

    slug = "public_services/no-such-procedure"
    status = 404


class NoSuchSuccessor(DomainError):
    """A procedure lives on in others that the catalogue has, and not in itself."""

    slug = "public_services/no-such-successor"
    status = 422


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


class NoSuchDossier(DomainError):
    """Unknown code, wrong proof, or too many wrong ones: nobody is told which."""

    slug = "public_services/no-such-dossier"
    status = 404


class BadSignature(DomainError):
    """The delivery was not signed by the source just now, or its id came with another body."""

    slug = "public_services/bad-signature"
    status = 401


class DeliveryTooLarge(DomainError):
    """The delivery is larger than 1 MiB: send it in parts."""

    slug = "public_services/delivery-too-large"
    status = 413


class DeliveryUnreadable(DomainError):
    """The delivery was signed and is not what a delivery looks like."""

    slug = "public_services/delivery-unreadable"
    status = 422


class NotForPeople(DomainError):
    """An invented system does not stand in where people rely on what they read."""

    slug = "public_services/not-for-people"


class NotFinished(DomainError):
    """The dossier has not ended, so nobody can say yet how it went."""

    slug = "public_services/not-finished"


class RatingClosed(DomainError):
    """The opinion was given more than fifteen days ago, and stays as it is."""

    slug = "public_services/rating-closed"


class TooManyFavourites(DomainError):
    """A person keeps 200 procedures at hand, and no more."""

    slug = "public_services/too-many-favourites"


class TooManyWatches(DomainError):
    """A person watches 100 dossiers, and no more."""

    slug = "public_services/too-many-watches"


class NoSuchDecision(DomainError):
    """There is no decision table of that name, or none that is published or waits to be."""

    slug = "public_services/no-such-decision"
    status = 404


class DecisionMalformed(DomainError):
    """An input is not one of the table's, or not of its type."""

    slug = "public_services/decision-malformed"
    status = 422


class CasesFail(DomainError):
    """The draft does not answer its own examples, or its rules contradict or leave a gap."""

    slug = "public_services/cases-fail"


class NoSuchTerm(DomainError):
    """There is no search term of that id."""

    slug = "public_services/no-such-term"
    status = 404


class TermExists(DomainError):
    """Another search term says the same already."""

    slug = "public_services/term-exists"


class NoSuchOffice(DomainError):
    """There is no office of that id."""

    slug = "public_services/no-such-office"
    status = 404


class NoSuchForm(DomainError):
    """There is no such form, or no such file of it."""

    slug = "public_services/no-such-form"
    status = 404


class FormNotAllowed(DomainError):
    """By its content this is no PDF, DOCX, XLSX or ODT, or it carries something that runs."""

    slug = "public_services/form-not-allowed"
    status = 422


class FormTooLarge(DomainError):
    """A form is larger than 10 MiB."""

    slug = "public_services/form-too-large"
    status = 413
