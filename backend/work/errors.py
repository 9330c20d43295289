"""What the system page refuses."""

from backend.kernel import DomainError


class NotBuried(DomainError):
    """The work was not given up, or somebody has decided about it already."""

    slug = "work/not-buried"


class IncidentOver(DomainError):
    """The incident has ended already; another one is told anew."""

    slug = "work/incident-over"
