"""Why the module refuses."""

from backend.kernel import DomainError


class NotDrafted(DomainError):
    """There is no draft to submit, or people are signing what should be written anew."""

    slug = "labour_contracts/not-drafted"


class ContractRefused(DomainError):
    """The contract cannot be signed as it stands; `defects` names every reason at once."""

    slug = "labour_contracts/contract-refused"
    status = 422


class ReasonMissing(DomainError):
    """An issued contract is amended for a reason, which both sides are told."""

    slug = "labour_contracts/reason-missing"
    status = 422


class NotInForce(DomainError):
    """The contract is not signed yet, or it has ended: nothing can hang on it."""

    slug = "labour_contracts/not-in-force"


class EventReused(DomainError):
    """The provider has told something else under this id before."""

    slug = "labour_contracts/event-reused"
    status = 422


class UnknownProvider(DomainError):
    """No provider of that name certifies contracts of this installation."""

    slug = "labour_contracts/unknown-provider"
    status = 422


class NotToBeSent(DomainError):
    """The contract is certified, or on its way to be numbered: nothing is to be sent again."""

    slug = "labour_contracts/not-to-be-sent"
