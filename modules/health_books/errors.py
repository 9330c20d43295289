"""Why the module refuses."""

from backend.kernel import DomainError


class VisitRefused(DomainError):
    """The visit cannot be signed as it stands; `defects` names every reason at once."""

    slug = "health_books/visit-refused"
    status = 422


class BeingSigned(DomainError):
    """People are signing this visit already: wait for them, or until they decline."""

    slug = "health_books/being-signed"


class SignatureInvalid(DomainError):
    """Nobody who may send by this program has signed this message."""

    slug = "health_books/signature-invalid"
    status = 422


class MessageRefused(DomainError):
    """The message cannot be filed; `defects` names every reason, and nothing was kept."""

    slug = "health_books/message-refused"
    status = 422


class MessageReused(DomainError):
    """Another message came under this number before."""

    slug = "health_books/message-reused"


class KeyRefused(DomainError):
    """Not a public RSA key of 2048 to 4096 bits in PEM."""

    slug = "health_books/key-refused"
    status = 422


class TooManyEntries(DomainError):
    """There are as many entries of one's own as a book takes; erase some first."""

    slug = "health_books/too-many-entries"
