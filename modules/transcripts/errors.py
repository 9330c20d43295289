"""Why the module refuses."""

from backend.kernel import DomainError


class RecordRefused(DomainError):
    """The record cannot be signed as it stands; `defects` names every reason at once."""

    slug = "transcripts/record-refused"
    status = 422


class NotToBeIssued(DomainError):
    """People are signing this record already: wait for them, or until they decline."""

    slug = "transcripts/not-to-be-issued"


class NoSuchSubject(DomainError):
    """The record has no subject of this code."""

    slug = "transcripts/no-such-subject"
    status = 422


class AnotherYear(DomainError):
    """The record is of another school year than its address says."""

    slug = "transcripts/another-year"
    status = 422


class PupilTwice(DomainError):
    """One pupil stands in two rows of what was handed in at once: which of them counts?"""

    slug = "transcripts/pupil-twice"
    status = 422


class LinesRefused(DomainError):
    """Lines of a file can never be written, so none was; `lines` names the first thousand faults.

    `count` is how many there are; a file without a line has none.
    """

    slug = "transcripts/lines-refused"
    status = 422
