"""What this module's tables hold of one person."""

from backend.kernel import Query, Statement
from modules.labour_contracts.repository.contracts import COLUMNS, Row

OF_PERSON = Query(
    Row,
    f"""
    select {COLUMNS}
      from labour_contracts.contract
     where employer_id = $1 or employee_id = $1
     order by document_id
     limit 1000
    """,
)

# Signed by nobody: the drafter's own words, which `documents` forgets with them.
FORGET = Statement(
    """
    delete from labour_contracts.contract
     where drafted_by = $1
       and signed_at is null
       and not exists (
           select
             from labour_contracts.contract as side
            where side.of_contract = contract.document_id)
    """
)

MOVE_DRAFTER = Statement(
    "update labour_contracts.contract set drafted_by = $2 where drafted_by = $1"
)
MOVE_EMPLOYER = Statement(
    "update labour_contracts.contract set employer_id = $2 where employer_id = $1"
)
MOVE_EMPLOYEE = Statement(
    "update labour_contracts.contract set employee_id = $2 where employee_id = $1"
)
