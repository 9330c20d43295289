"""What the rights of people refuse."""

from backend.kernel import DomainError


class ErasureUnderWay(DomainError):
    """An erasure has been asked for already, or is waiting for a hold to end."""

    slug = "privacy/erasure-under-way"


class NothingToWithdraw(DomainError):
    """There is no erasure that could still be withdrawn."""

    slug = "privacy/nothing-to-withdraw"


class RequestIsOver(DomainError):
    """The request is fulfilled, refused or withdrawn, or not where this could be done."""

    slug = "privacy/request-is-over"


class AlreadyExtended(DomainError):
    """A request is extended once, with a reason."""

    slug = "privacy/already-extended"


class LawMissing(DomainError):
    """A refusal names the law, an extension its reason."""

    slug = "privacy/law-missing"
    status = 422


class OwnProposal(DomainError):
    """A hold takes two people: somebody else has to agree."""

    slug = "privacy/own-proposal"


class NotReported(DomainError):
    """An incident is closed after the authority was told of it."""

    slug = "privacy/not-reported"


class TooManyExports(DomainError):
    """An archive is being made, or was made within the last hour."""

    slug = "privacy/too-many-exports"
    status = 429
