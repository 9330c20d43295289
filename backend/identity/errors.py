"""Why a caller is turned away. The codes in `WWW-Authenticate` are RFC 6750's and RFC 9449's."""

from collections.abc import Mapping

from backend.kernel import DomainError


def challenge(error: str) -> dict[str, str]:
    """Return the header of a 401, as RFC 9449 §7.1 writes it."""
    return {"WWW-Authenticate": f'DPoP error="{error}", algs="ES256"'}


class CredentialRefused(DomainError):
    """A request showed a credential that is not valid now; each of its kinds says why."""

    status = 401
    code = "invalid_token"

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers={**challenge(self.code), **(headers or {})})


class TokenInvalid(CredentialRefused):
    """The access token is not one that we signed for this interface, or its time is over."""

    slug = "identity/token-invalid"


class ProofInvalid(CredentialRefused):
    """The DPoP proof is missing, or does not belong to this request and token (RFC 9449 §4.3)."""

    slug = "identity/proof-invalid"
    code = "invalid_dpop_proof"


class ProofUntimely(CredentialRefused):
    """The clock of the device is off by more than we bear; `Date` says what time it is."""

    slug = "identity/proof-untimely"
    code = "invalid_dpop_proof"


class ProofUsed(CredentialRefused):
    """The proof was used before; each request that changes something needs its own."""

    slug = "identity/proof-used"
    code = "invalid_dpop_proof"


class NonceNeeded(CredentialRefused):
    """The proof lacks a nonce of the last minutes; `DPoP-Nonce` holds a fresh one (RFC 9449 §9)."""

    slug = "identity/nonce-needed"
    code = "use_dpop_nonce"


class SessionEnded(CredentialRefused):
    """The session was ended, or its person, officer or program may not come in any more."""

    slug = "identity/session-ended"


class CredentialAmbiguous(DomainError):
    """Two credentials, or two halves of one: we do not guess which is meant."""

    slug = "identity/credential-ambiguous"
    status = 400


class ForeignForm(DomainError):
    """The request rides on an officer's cookie and does not come from a page of ours."""

    slug = "identity/foreign-form"
    status = 403


class PurposeNotAgreed(DomainError):
    """The partner's agreement does not cover the purpose that it names."""

    slug = "identity/purpose-not-agreed"
    status = 403


class PasskeyRefused(DomainError):
    """What the authenticator has answered does not answer what it was asked, or came too late."""

    slug = "identity/passkey-refused"
    status = 422


class PasskeyTaken(DomainError):
    """This passkey is known already."""

    slug = "identity/passkey-taken"


class TooManyPasskeys(DomainError):
    """An account has ten passkeys at most; remove one first."""

    slug = "identity/too-many-passkeys"


class LastPasskey(DomainError):
    """The last passkey cannot be removed; add another one first."""

    slug = "identity/last-passkey"


class TextOutdated(DomainError):
    """The words have changed since they were shown; `/v1/consent-texts` has those of today."""

    slug = "identity/text-outdated"
    status = 422


class RecipientUnknown(DomainError):
    """No partner of that name has agreed to this purpose."""

    slug = "identity/recipient-unknown"
    status = 422


class PurposeUnknown(DomainError):
    """Nothing of this installation is read for that purpose."""

    slug = "identity/purpose-unknown"
    status = 422


class OwnProposal(DomainError):
    """Nobody approves what they have proposed, or what is about themselves."""

    slug = "identity/own-proposal"


class ProposalOver(DomainError):
    """The proposal was decided, or waited too long; `state` says which."""

    slug = "identity/proposal-over"


class SoleAdmin(DomainError):
    """The only administrator makes a second one first, who can then approve."""

    slug = "identity/sole-admin"


class OfficerDisabled(DomainError):
    """The officer is shut out; a new link lets them in again."""

    slug = "identity/officer-disabled"


class AgencySucceeded(DomainError):
    """One of these agencies has an heir already."""

    slug = "identity/agency-succeeded"


class UnknownRole(DomainError):
    """No module that is installed knows such a role; `roles` names them."""

    slug = "identity/unknown-role"
    status = 422


class UnknownAgency(DomainError):
    """There is no such agency on that day; `agency_id` names it."""

    slug = "identity/unknown-agency"
    status = 422


class UnknownArea(DomainError):
    """No commune or province served here has that code; `area` names it."""

    slug = "identity/unknown-area"
    status = 422


class UnknownScope(DomainError):
    """No module that is installed offers partners such a scope; `scopes` names them."""

    slug = "identity/unknown-scope"
    status = 422


class DayPast(DomainError):
    """The day is over; a reorganisation takes effect today at the earliest."""

    slug = "identity/day-past"
    status = 422


class NotMobile(DomainError):
    """This is not a Vietnamese mobile number."""

    slug = "identity/not-mobile"
    status = 422


class CodeWrong(DomainError):
    """The code is not the one that was sent, or its five minutes are over."""

    slug = "identity/code-wrong"


class IdentifierInvalid(DomainError):
    """Papers of this kind have another form."""

    slug = "identity/identifier-invalid"
    status = 422


class IdentifierTaken(DomainError):
    """This paper cannot be added here; an office can find out why."""

    slug = "identity/identifier-taken"


class ReceiptForged(DomainError):
    """No living secret of that provider signed this just now."""

    slug = "identity/receipt-forged"
    status = 401


class ReceiptUsed(DomainError):
    """This receipt came before."""

    slug = "identity/receipt-used"


class PaperUnknown(DomainError):
    """Nobody whom we know has this paper in force; `whose` says which of the two."""

    slug = "identity/paper-unknown"
    status = 422


class EndUnknown(DomainError):
    """A child is represented until it is eighteen: say a day to come, or record its birth first."""

    slug = "identity/end-unknown"
    status = 422
