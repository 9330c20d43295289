"""Whom reports would reach if a competence were another; nothing is changed."""

from collections.abc import Sequence

from backend.kernel import Snapshot
from contracts.territory import Agency, AgencyRegister
from modules.feedback.errors import UnknownAgency
from modules.feedback.model.setup.categories import Candidate
from modules.feedback.model.setup.routing import Rerouted, RoutingOutlook, RoutingTrial
from modules.feedback.repository.setup import routing as repository
from modules.feedback.service import categories, routing


async def tried(
    snapshot: Snapshot, trial: RoutingTrial, *, agencies: AgencyRegister
) -> RoutingOutlook:
    """Return which open reports would go elsewhere. Raises `UnknownAgency`."""
    agency = await agencies.in_force(trial.agency_id, trial.on)
    if agency is None:
        raise UnknownAgency
    looked_at = 0
    rerouted: list[Rerouted] = []
    for place in await repository.unassigned(snapshot):
        looked_at += place.reports
        group = await categories.group_of(snapshot, place.category_code, place.category_version)
        before: Sequence[Agency] = ()
        after: Sequence[Agency] = ()
        for subject in routing.subjects(place.category_code, group):
            found = await agencies.competent(subject, place.commune_code, trial.on)
            before = before or found
            is_tried = subject == trial.subject and (
                not trial.communes or place.commune_code in trial.communes
            )
            after = after or (_changed(found, agency, trial) if is_tried else found)
        if [each.id for each in before] != [each.id for each in after]:
            rerouted.append(
                Rerouted(
                    category=place.category_code,
                    commune_code=place.commune_code,
                    reports=place.reports,
                    before=_cards(before),
                    after=_cards(after),
                )
            )
    return RoutingOutlook(looked_at=looked_at, rerouted=rerouted)


def _changed(found: Sequence[Agency], agency: Agency, trial: RoutingTrial) -> Sequence[Agency]:
    others = [each for each in found if each.id != agency.id]
    return [*others, agency] if trial.change == "add" else others


def _cards(agencies: Sequence[Agency]) -> Sequence[Candidate]:
    return [Candidate(id=each.id, name=each.name) for each in agencies]
