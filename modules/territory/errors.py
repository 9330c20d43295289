"""Why the territory refuses."""

from backend.kernel import DomainError


class UnknownUnit(DomainError):
    """No unit bears that code on that day; `lived` says when one did (ISO 8601 intervals)."""

    slug = "territory/unknown-unit"
    status = 404


class UnitNotInForce(DomainError):
    """What was sent names a unit that is not in force on its first day."""

    slug = "territory/unit-not-in-force"
    status = 422


class UnknownDataset(DomainError):
    """That version is not the one in use; `/v1/territory/datasets` names it."""

    slug = "territory/unknown-dataset"
    status = 404


class NoBoundaries(DomainError):
    """This installation has no boundaries of that province and day."""

    slug = "territory/no-boundaries"
    status = 404


class UnknownAgency(DomainError):
    """There is no such agency."""

    slug = "territory/unknown-agency"
    status = 404


class UnfitParent(DomainError):
    """The agency above does not exist, or belongs itself to the one below."""

    slug = "territory/unfit-parent"
    status = 422


class IdentifierTaken(DomainError):
    """An identifier means another agency, or is given twice, at the same time."""

    slug = "territory/identifier-taken"


class UnknownCompetence(DomainError):
    """There is no such competence."""

    slug = "territory/unknown-competence"
    status = 404


class CompetenceHeld(DomainError):
    """The agency holds this competence already at that time."""

    slug = "territory/competence-held"
