"""Why the module refuses."""

from backend.kernel import DomainError


class VisitRefused(DomainError):
    """The visit cannot be signed as it stands; `defects` names every reason at once."""

    slug = "health_books/visit-refused"
    status = 422


class BeingSigned(DomainError):
    """People are signing this visit already: wait for them, or until they decline."""

    slug = "health_books/being-signed"
