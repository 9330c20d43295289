"""What hangs on a signed contract: annex (phụ lục), suspension, termination. Each is signed alone.

The grounds are those of Labour Code 2019, articles 30 and 34.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from contracts.documents import Code, Defect, Part, PartyRule, Text
from modules.labour_contracts.model.contract import (
    NOTICE,
    Employee,
    Employer,
    Head,
    LabourContract,
    both,
)

Item = Literal[
    "job",
    "workplaces",
    "wage",
    "raise_rule",
    "hours",
    "rest",
    "protection",
    "insurance",
    "training",
    "probation",
    "confidentiality",
]
"""What an annex may change: never the term (Labour Code, article 22 clause 2)."""
SuspensionGround = Literal[
    "MILITARY_SERVICE",
    "DETENTION",
    "COMPULSORY_TREATMENT",
    "PREGNANCY",
    "COMPANY_OFFICE",
    "AGREEMENT",
]
TerminationGround = Literal[
    "EXPIRED",
    "COMPLETED",
    "AGREED",
    "SENTENCED",
    "EXPELLED",
    "DIED",
    "EMPLOYER_CEASED",
    "DISMISSED",
    "BY_EMPLOYEE",
    "BY_EMPLOYER",
    "REDUNDANCY",
    "PERMIT_ENDED",
    "PROBATION_FAILED",
]


class Side(Part, frozen=True, kw_only=True):
    """Which contract it hangs on, as both have signed that, and from which day on it holds."""

    contract_no: Code
    employer: Employer
    employee: Employee
    effective_on: date


class Change(Part, frozen=True, kw_only=True):
    """What an item of the contract says from now on."""

    item: Item
    text: Text


class Annex(Side, frozen=True, kw_only=True):
    """Phụ lục hợp đồng."""

    number: Code
    changes: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=11)]


class Suspension(Side, frozen=True, kw_only=True):
    """Tạm hoãn thực hiện hợp đồng; `until` is its last day, where that is agreed."""

    ground: SuspensionGround
    until: date | None = None
    note: Text | None = None


class Termination(Side, frozen=True, kw_only=True):
    """Chấm dứt hợp đồng: `effective_on` is the first day without one."""

    ground: TerminationGround
    settlement: Text


class SideKind:
    """Answers `DocumentKind`: the two who have signed the contract sign this, in any order."""

    module: str = LabourContract.module
    roles: Sequence[str] = LabourContract.roles
    facts: Sequence[str] = ("employee", "employer", "effective_on", "contract", "since")
    template: Traversable = files("modules.labour_contracts") / "side.typ"
    evidence: Literal["LT", "LTA"] = "LTA"
    deadline: timedelta = timedelta(days=10)
    awaits: str = "certificate"
    notice: str = NOTICE

    def __init__(self, name: str, prefix: str, title: str, shape: type[Side]) -> None:
        self.name, self.prefix, self.title, self._shape = name, prefix, title, shape
        self.schemas: Mapping[str, type[Part]] = {f"{name}/1": shape}

    def written(self, contract: Head, wish: Mapping[str, Any]) -> Side:
        """Return what is wished, between those who have signed the contract."""
        return self._shape(
            contract_no=contract.contract_no,
            employer=contract.employer,
            employee=contract.employee,
            **wish,
        )

    def parties(self, content: Side) -> Sequence[PartyRule]:
        """Return both sides."""
        return both(content.employer, content.employee)

    def defects(self, content: Side) -> Sequence[Defect]:
        """Return what contradicts itself."""
        return [*_of_annex(content), *_of_suspension(content)]

    def claims(self, content: Side) -> Mapping[str, Any]:
        """Return what of it is shown apart: who, and since when."""
        return {
            "employee": content.employee.full_name,
            "employer": content.employer.name,
            "effective_on": content.effective_on.isoformat(),
        }

    def printed(self, content: Side) -> Mapping[str, str]:
        """Return which contract it hangs on. Nothing of what was agreed."""
        return {
            "contract": content.contract_no,
            "employer": content.employer.name,
            "employee": content.employee.full_name,
            "since": content.effective_on.isoformat(),
        }


ANNEX: Final = SideKind("labour.annex", "PL", "PHỤ LỤC HỢP ĐỒNG LAO ĐỘNG", Annex)
SUSPENSION: Final = SideKind(
    "labour.suspension", "TH", "THỎA THUẬN TẠM HOÃN HỢP ĐỒNG LAO ĐỘNG", Suspension
)
TERMINATION: Final = SideKind(
    "labour.termination", "CD", "VĂN BẢN CHẤM DỨT HỢP ĐỒNG LAO ĐỘNG", Termination
)
SIDES: Final = (ANNEX, SUSPENSION, TERMINATION)
KINDS: Final = (LabourContract.name, *(each.name for each in SIDES))


def outside_term(contract: Head, content: Side) -> Sequence[Defect]:
    """Return the defect of a day on which there is no such contract."""
    term = contract.term
    last = term.to if term.to is None else term.to + timedelta(days=1)
    if content.effective_on < term.start or (last is not None and content.effective_on > last):
        return [Defect(pointer="/effective_on", code="outside-term")]
    return []


def _of_annex(content: Side) -> Iterator[Defect]:
    if isinstance(content, Annex):
        told = Counter(each.item for each in content.changes)
        for place, change in enumerate(content.changes):
            if told[change.item] > 1:
                yield Defect(pointer=f"/changes/{place}/item", code="twice")


def _of_suspension(content: Side) -> Iterator[Defect]:
    last = content.until if isinstance(content, Suspension) else None
    if last is not None and last < content.effective_on:
        yield Defect(pointer="/until", code="before-start")
