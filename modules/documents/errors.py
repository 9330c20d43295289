"""Why the module refuses."""

from backend.kernel import DomainError


class NotWaiting(DomainError):
    """Nobody waits for this person's signature: it is there, or the signing is over."""

    slug = "documents/not-waiting"


class NotYourTurn(DomainError):
    """Others have to sign before."""

    slug = "documents/not-your-turn"


class UnfitKey(DomainError):
    """The key is no P-256 key, or more than a public key was sent."""

    slug = "documents/unfit-key"
    status = 422


class NotPossessed(DomainError):
    """The proof was not made with the private key that belongs to the public one."""

    slug = "documents/not-possessed"
    status = 422


class CertificateNotYours(DomainError):
    """There is no such certificate of this person that is valid now."""

    slug = "documents/certificate-not-yours"
    status = 403


class SignatureInvalid(DomainError):
    """A signature is not the certificate's over what was prepared; `documents` names which."""

    slug = "documents/signature-invalid"
    status = 422


class AlreadyFinalised(DomainError):
    """A different signature was taken for this document in this session."""

    slug = "documents/already-finalised"


class SessionExpired(DomainError):
    """The session was prepared too long ago; prepare another."""

    slug = "documents/session-expired"
    status = 410


class UnknownProvider(DomainError):
    """There is no provider of that name with which people sign; the list says which there are."""

    slug = "documents/unknown-provider"
    status = 422


class NumberUnknown(DomainError):
    """The house does not know the person's number, by which the provider would find their key."""

    slug = "documents/number-unknown"


class TooManyDocuments(DomainError):
    """The provider signs fewer by one confirmation; `documents_max` says how many."""

    slug = "documents/too-many-documents"
    status = 422


class ProviderConfused(DomainError):
    """The provider gave a request the name that another one has; nothing of it was taken."""

    slug = "documents/provider-confused"
    status = 502


class ConfirmationLost(DomainError):
    """The person has confirmed, and the provider gives nobody the signatures (any more)."""

    slug = "documents/confirmation-lost"
    status = 502


class NotIssued(DomainError):
    """The document has no issued revision that this could be done to."""

    slug = "documents/not-issued"


class LeaseHeld(DomainError):
    """Somebody else is signing the document just now; `Retry-After` says for how long at most."""

    slug = "documents/lease-held"


class TimestampUnavailable(DomainError):
    """No timestamp authority answers, and nothing is signed without one. Try again."""

    slug = "documents/timestamp-unavailable"
    status = 503


class NotAnAuthority(DomainError):
    """The list names something that is no certificate of an authority, or cannot be taken so."""

    slug = "documents/not-an-authority"
    status = 422


class SecondPersonNeeded(DomainError):
    """Whoever proposed it does not decide on it."""

    slug = "documents/second-person-needed"


class AlreadyDecided(DomainError):
    """Somebody has accepted or refused it."""

    slug = "documents/already-decided"


class OneQuestion(DomainError):
    """Ask about one thing: a bundle, a number, a code or a hash."""

    slug = "documents/one-question"
    status = 422


class AgreementNeeded(DomainError):
    """A child's document is shown when child and guardian agree both: share it instead."""

    slug = "documents/agreement-needed"


class TooManyCredentials(DomainError):
    """There are ten credentials of the document already; withdraw one, or let one end."""

    slug = "documents/too-many-credentials"


class NoSuchFacts(DomainError):
    """A document of this kind has no facts of that name that can be shared."""

    slug = "documents/no-such-facts"
    status = 422


class NotRunning(DomainError):
    """The run does not stand where it could be paused or resumed; read how far it has come."""

    slug = "documents/not-running"


class JudgesBusy(DomainError):
    """Too many files wait to be judged. Send it again in a few seconds; nothing was kept."""

    slug = "documents/judges-busy"
    status = 503
