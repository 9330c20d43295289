"""Why a report is not taken, or not moved."""

from backend.kernel import DomainError


class UnknownCategory(DomainError):
    """There is no category of that code."""

    slug = "feedback/unknown-category"
    status = 422


class CategoryClosed(DomainError):
    """One cannot report under this category any more, or not yet."""

    slug = "feedback/category-closed"


class PlaceNeeded(DomainError):
    """The commune cannot be told from what was sent: choose one, from `communes` if named."""

    slug = "feedback/place-needed"
    status = 422


class OutsideTerritory(DomainError):
    """The point lies in no commune that this installation serves."""

    slug = "feedback/outside-territory"
    status = 422


class UnknownCommune(DomainError):
    """No commune bears that code today: merged, renamed or mistyped."""

    slug = "feedback/unknown-commune"
    status = 422


class PlaceContradicts(DomainError):
    """The point lies in another commune than the one that was chosen."""

    slug = "feedback/place-contradicts"
    status = 422


class TooManyPhotos(DomainError):
    """There are more photos than a report or a result may have, sent ahead and along together."""

    slug = "feedback/too-many-photos"
    status = 422


class KeyReused(DomainError):
    """Another report was filed under this Idempotency-Key, however long ago."""

    slug = "feedback/key-reused"
    status = 422


class NotFromHere(DomainError):
    """The report does not stand where this could be done; `allowed` says what can be."""

    slug = "feedback/not-from-here"


class AgencyNeeded(DomainError):
    """None or several agencies are competent (`candidates`): name the one to assign to."""

    slug = "feedback/agency-needed"


class UnknownAgency(DomainError):
    """No agency of that id exists today."""

    slug = "feedback/unknown-agency"
    status = 422


class NotPublishable(DomainError):
    """The reporter did not wish it, or reports of this category are never public."""

    slug = "feedback/not-publishable"


class PlanInThePast(DomainError):
    """Work cannot be planned for a day that is over."""

    slug = "feedback/plan-in-the-past"
    status = 422


class EvidenceNeeded(DomainError):
    """The category wants a photo of afterwards with the result."""

    slug = "feedback/evidence-needed"
    status = 422


class EvidenceNotNew(DomainError):
    """A photo of the result is one that we have already: evidence shows the place afterwards."""

    slug = "feedback/evidence-not-new"
    status = 422


class LimitReached(DomainError):
    """It was done as often, or for as long, as the rules allow (`most`)."""

    slug = "feedback/limit-reached"


class WindowOver(DomainError):
    """The time in which this could be done is over."""

    slug = "feedback/window-over"


class FourEyes(DomainError):
    """Whoever wrote, asked for or approved something does not decide on it."""

    slug = "feedback/four-eyes"


class Blocked(DomainError):
    """This account, device or address may not report until `until`, for the `reason` given."""

    slug = "feedback/blocked"
    status = 403


class AccountNeeded(DomainError):
    """Reports of this category are taken from people who are signed in."""

    slug = "feedback/account-needed"
    status = 403


class UntilInThePast(DomainError):
    """A block ends some day, and that day is not over yet."""

    slug = "feedback/until-in-the-past"
    status = 422


class AgencyConcerned(DomainError):
    """The report is about this agency, which therefore neither reads nor handles it."""

    slug = "feedback/agency-concerned"


class ClaimedByAnother(DomainError):
    """A colleague has the report in hand; only the lead of the desk may break that."""

    slug = "feedback/claimed-by-another"


class ReasonNeeded(DomainError):
    """This step needs a `text` of ten characters at least that says why."""

    slug = "feedback/reason-needed"
    status = 422


class CoordinatorsOpen(DomainError):
    """Agencies that were to help have not finished (`agencies`); the desk may do without them."""

    slug = "feedback/coordinators-open"


class WouldCycle(DomainError):
    """A report cannot be merged into itself, nor into one that was merged into it."""

    slug = "feedback/would-cycle"


class NotMergeable(DomainError):
    """The other report (`state`) is a duplicate, withdrawn or sealed itself: choose another."""

    slug = "feedback/not-mergeable"


class MasksUndecided(DomainError):
    """Somebody has to decide first on each number that was found in the text."""

    slug = "feedback/masks-undecided"


class PhotosUnseen(DomainError):
    """Somebody has to look at each photo first."""

    slug = "feedback/photos-unseen"


class PreviewStale(DomainError):
    """Text, masks or photos are not what the preview showed any more: look again."""

    slug = "feedback/preview-stale"


class ApiKeyNeeded(DomainError):
    """A program files, or answers for an agency, with a key of its own."""

    slug = "feedback/api-key-needed"
    status = 403


class UnknownGroup(DomainError):
    """A category belongs to a group, and there is none of that code."""

    slug = "feedback/unknown-group"
    status = 422


class DayInThePast(DomainError):
    """What is set up counts from today on at the earliest, terms of deadlines from tomorrow."""

    slug = "feedback/day-in-the-past"
    status = 422


class UnknownReason(DomainError):
    """There is no such reason for this decision, or it is not given any more."""

    slug = "feedback/unknown-reason"
    status = 422


class UnknownPlaceholder(DomainError):
    """What stands in braces (`placeholders`) is filled with nothing."""

    slug = "feedback/unknown-placeholder"
    status = 422


class DayTaken(DomainError):
    """Terms of that class were set up for that day already: choose another."""

    slug = "feedback/day-taken"


class AnswersInvalid(DomainError):
    """Questions of the category are not answered as they are asked; `errors` names each."""

    slug = "feedback/answers-invalid"
    status = 422


class EvidenceDoubtful(DomainError):
    """A photo says that it was taken before the work or elsewhere (`doubts`): say why it counts."""

    slug = "feedback/evidence-doubtful"
    status = 422


class UnknownOfficer(DomainError):
    """No officer of the agency deals with reports under that id."""

    slug = "feedback/unknown-officer"
    status = 422


class OtherChannel(DomainError):
    """This belongs elsewhere: `channel` says where, by which law, with telephone and link."""

    slug = "feedback/other-channel"
    status = 422
