"""What the log refuses."""

from backend.kernel import DomainError


class NotSealedYet(DomainError):
    """The look is too fresh to be proved: it is sealed within a minute."""

    slug = "audit/not-sealed-yet"
    status = 409
