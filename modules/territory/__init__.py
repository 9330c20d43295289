"""Communes, agencies and places, each with its dates: which is it, which was it, who decides."""

from backend.kernel import Module
from contracts.territory import AgencyRegister, CommuneRegister
from modules.territory.commands import (
    build_seed,
    import_agencies,
    import_boundaries,
    import_units,
)
from modules.territory.handlers.agencies import (
    change_agency,
    change_competence,
    enter_agency,
    grant_competence,
    list_agencies,
    list_competences,
    read_agency,
    read_competence,
    read_identified_agency,
)
from modules.territory.handlers.datasets import list_datasets, read_dataset
from modules.territory.handlers.lookups import (
    read_boundaries,
    resolve_address,
    resolve_point,
    search_units,
)
from modules.territory.handlers.units import (
    list_units,
    read_predecessors,
    read_successors,
    read_unit,
    read_unit_history,
)
from modules.territory.scopes import EDIT
from modules.territory.service.lists import load_shipped
from modules.territory.service.register import Agencies, Communes
from modules.territory.settings import Settings

module = Module(
    name="territory",
    package=__name__,
    routes=(
        list_units,
        read_unit,
        read_unit_history,
        read_successors,
        read_predecessors,
        search_units,
        resolve_address,
        resolve_point,
        read_boundaries,
        list_agencies,
        read_agency,
        read_identified_agency,
        enter_agency,
        change_agency,
        list_competences,
        read_competence,
        grant_competence,
        change_competence,
        list_datasets,
        read_dataset,
    ),
    scopes=(EDIT,),
    settings=Settings,
    provides={CommuneRegister: Communes, AgencyRegister: Agencies},
    reference=load_shipped,
    commands=(build_seed, import_units, import_agencies, import_boundaries),
)
