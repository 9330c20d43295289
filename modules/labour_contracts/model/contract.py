"""What a labour contract has to say (Labour Code 2019, Article 21 clause 1), and may not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from contracts.documents import Code, Defect, Part, PartyRule, PersonalId, PersonName, Text
from modules.labour_contracts.model.rules import Period, Probation, Region, of_probation, of_wage

_EMPLOYEE_AGE_MIN: Final = 15
_ALONE_AGE_MIN: Final = 18
_FIXED_MONTHS_MAX: Final = 36

NOTICE: Final = "Chưa có chứng thực của nhà cung cấp eContract"
"""What is said of what both have signed until a licensed provider has certified it."""

Amount = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,14}$")]
"""Đồng, in digits."""


class Signatory(Part, frozen=True, kw_only=True):
    """Who signs for the employer, and by whose authority."""

    full_name: PersonName
    title: Text
    personal_id: PersonalId
    authority: Text | None = None


class Employer(Part, frozen=True, kw_only=True):
    """Người sử dụng lao động (a)."""

    name: Text
    tax_code: Annotated[str, Meta(pattern=r"^[0-9]{10}(-[0-9]{3})?$")]
    address: Text
    signatory: Signatory


class Employee(Part, frozen=True, kw_only=True):
    """Người lao động (b). A foreigner has a passport and a work permit instead of an id."""

    full_name: PersonName
    birth_date: date
    sex: Literal["FEMALE", "MALE"]
    residence: Text
    personal_id: PersonalId | None = None
    passport: Code | None = None
    work_permit: Code | None = None
    representative: PersonName | None = None


class Term(Part, frozen=True, kw_only=True):
    """Thời hạn (d): `to` is the last day of a fixed term."""

    kind: Literal["INDEFINITE", "FIXED"]
    start: date
    to: date | None = None


class Wage(Part, frozen=True, kw_only=True):
    """Mức lương (đ)."""

    amount: Amount
    basis: Literal["TIME", "PRODUCT", "PIECEWORK"]
    pay_cycle: Text
    allowances: Text
    supplements: Text


class Pay(Wage, frozen=True, kw_only=True):
    """Mức lương, and what the regional minimum is held against it by."""

    period: Period = "MONTH"
    region: Region | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract of any schema says of who agreed, and for how long."""

    contract_no: Code
    employer: Employer
    employee: Employee
    term: Term


class _Items(Part, frozen=True, kw_only=True):
    """What every schema has, in the order of Article 21 clause 1; every item is mandatory."""

    contract_no: Code
    employer: Employer
    employee: Employee
    job: Text
    workplaces: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=20)]
    term: Term
    raise_rule: Text
    hours: Text
    rest: Text
    protection: Text
    insurance: Text
    training: Text
    confidentiality: Text | None = None


class FirstContract(_Items, frozen=True, kw_only=True):
    """The first schema, in which probation was words."""

    wage: Wage
    probation: Text | None = None


class Contract(_Items, frozen=True, kw_only=True):
    """The data of a contract."""

    wage: Pay
    probation: Probation | None = None


AnyContract: TypeAlias = FirstContract | Contract


class LabourContract:
    """Answers `DocumentKind`: both sides sign, in any order."""

    name: str = "labour.contract"
    module: str = "labour_contracts"
    prefix: str = "HD"
    title: str = "HỢP ĐỒNG LAO ĐỘNG"
    template: Traversable = files("modules.labour_contracts") / "contract.typ"
    evidence: Literal["LT", "LTA"] = "LTA"
    schemas: Mapping[str, type[Part]] = {
        "labour.contract/1": FirstContract,
        "labour.contract/2": Contract,
    }
    deadline: timedelta = timedelta(days=10)

    awaits: str = "certificate"
    notice: str = NOTICE

    EMPLOYER: ClassVar[str] = "employer"
    EMPLOYEE: ClassVar[str] = "employee"
    roles: Sequence[str] = (EMPLOYER, EMPLOYEE)
    facts: Sequence[str] = (
        *("employee", "employer", "job", "employed_since", "term", "wage"),
        "since",
    )

    def parties(self, content: AnyContract) -> Sequence[PartyRule]:
        """Return the two who sign; the law wants a public authority's certificate of each."""
        return both(content.employer, content.employee)

    def defects(self, content: AnyContract) -> Sequence[Defect]:
        """Return what the Labour Code refuses, and what both sides are warned of."""
        term, start = content.term, content.term.start
        found = [*_of_term(term), *_of_employee(content.employee, start)]
        if isinstance(content, Contract):
            pay = content.wage
            found += of_wage(int(pay.amount), pay.period, pay.region, start)
            found += of_probation(content.probation, start)
        return found

    def claims(self, content: AnyContract) -> Mapping[str, Any]:
        """Return what an employee shows a bank or a landlord: who, where, since when, for what."""
        employee, term = content.employee, content.term
        return {
            "employee": employee.full_name,
            "employer": content.employer.name,
            "job": content.job,
            "employed_since": term.start.isoformat(),
            "term": msgspec.to_builtins(term),
            "wage": msgspec.to_builtins(content.wage),
        }

    def printed(self, content: AnyContract) -> Mapping[str, str]:
        """Return who employs whom since when. No wage."""
        return {
            "employer": content.employer.name,
            "employee": content.employee.full_name,
            "since": content.term.start.isoformat(),
        }


def both(employer: Employer, employee: Employee) -> Sequence[PartyRule]:
    """Return the rules for the two who sign, in any order."""
    signatory = employer.signatory.full_name
    return (
        PartyRule(role=LabourContract.EMPLOYER, name=signatory, assurance="L3"),
        PartyRule(role=LabourContract.EMPLOYEE, name=employee.full_name, assurance="L3"),
    )


def _of_term(term: Term) -> Iterator[Defect]:
    """A fixed term ends, after it began, within 36 months (Article 20 clause 1 b)."""
    if term.kind == "INDEFINITE":
        if term.to is not None:
            yield Defect(pointer="/term/to", code="not-fixed")
    elif term.to is None:
        yield Defect(pointer="/term/to", code="missing")
    elif term.to < term.start:
        yield Defect(pointer="/term/to", code="before-start")
    elif term.to >= _after(term.start, months=_FIXED_MONTHS_MAX):
        yield Defect(pointer="/term/to", code="too-long")


def _of_employee(employee: Employee, start: date) -> Iterator[Defect]:
    """From 15 years on, and under 18 with a representative (Labour Code, Articles 3 and 18)."""
    if employee.personal_id is None and None in (employee.passport, employee.work_permit):
        yield Defect(pointer="/employee/personal_id", code="missing")
    if _after(employee.birth_date, months=12 * _EMPLOYEE_AGE_MIN) > start:
        yield Defect(pointer="/employee/birth_date", code="too-young")
    alone_from = _after(employee.birth_date, months=12 * _ALONE_AGE_MIN)
    if alone_from > start and employee.representative is None:
        yield Defect(pointer="/employee/representative", code="missing")


def _after(day: date, *, months: int) -> date:
    """Return the day so many months later; the first of the next month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:
        first = day.replace(year=day.year + years, month=month + 1, day=28)
        return (first + timedelta(days=4)).replace(day=1)
