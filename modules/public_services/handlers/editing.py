"""For editors: our words about a procedure, and what the province sets."""

from typing import Annotated

from litestar.params import JSONBody, QueryParameter

from backend.kernel import (
    IfMatch,
    Injected,
    Transaction,
)
from modules.public_services.errors import NoSuchProcedure, NoSuchSuccessor
from modules.public_services.handlers.parameters import Code, ProvincePath, Words
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.successors import KeptSuccessors, SuccessorsDraft
from modules.public_services.model.views import KeptProfile, KeptText, Profile
from modules.public_services.service import editing


@put_by_editors("/procedures/{code:str}/citizen-text", NoSuchProcedure)
async def write_citizen_text(
    code: Code,
    data: JSONBody[Words],
    tx: Injected[Transaction],
    lang: Annotated[str, QueryParameter(pattern="^(vi|en)$", max_length=2)] = "vi",
    if_match: IfMatch = None,
) -> KeptText:
    """Write what citizens read and search about a procedure; `"0"` matches when there is none."""
    return await editing.write_text(tx, code, data.text(), lang, if_match)


@put_by_editors("/procedures/{code:str}/profiles/{province:str}", NoSuchProcedure)
async def write_profile(
    code: Code,
    province: ProvincePath,
    data: JSONBody[Profile],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> KeptProfile:
    """Write the times and fees that a province sets; `"0"` matches when there are none."""
    return await editing.write_profile(tx, code, province, data, if_match)


@put_by_editors("/procedures/{code:str}/successors", NoSuchProcedure, NoSuchSuccessor)
async def write_successors(
    code: Code,
    data: JSONBody[SuccessorsDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> KeptSuccessors:
    """Say in which procedures one lives on that was abolished; `"0"` matches before the first time.

    Whoever asks for the old one by its code, its title, a favourite or a life event is led there.
    """
    return await editing.write_successors(tx, code, data, if_match)


ROUTES = (
    write_citizen_text,
    write_profile,
    write_successors,
)
