"""The CSV set: `procedures.csv`, and tables beside it that say more about its codes.

Several values in one cell are parted by `|`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from backend.kernel import folded
from modules.public_services.model.findings import TEXT_MAX, TITLE_MAX, Finding, Keys, found
from modules.public_services.model.procedures import (
    CODE,
    Agencies,
    Case,
    Channel,
    CitizenText,
    Form,
    Head,
    LegalBasis,
    Paper,
    ProcedureBody,
    Record,
    Result,
    StepGroup,
    TimeOption,
    is_free,
)
from modules.public_services.model.words import (
    AUDIENCES,
    CHANNELS,
    LEVELS,
    ONLINE,
    UNITS,
    amount_in,
    fee_of,
    meant,
)

Row = Mapping[str, str]
Item = TypeVar("Item")

REQUIRED: Final = ("code", "title", "levels", "field", "audiences")
_OPTIONAL: Final = (
    "field_code", "kind", "online_level", "portal_url", "description", "keywords", "steps",
    "papers", "conditions", "result", "agency", "address", "decision", "replaces",
)  # fmt: skip
TABLES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "procedures": (REQUIRED, _OPTIONAL),
    "channels": (("code", "channel"), ("time", "unit", "note")),
    "fees": (("code", "channel", "amount"), ("unit", "note", "fee_code")),
    "papers": (("code", "name"), ("case", "originals", "copies", "form", "form_url", "paper_code")),
    "legal_bases": (("code", "number"), ("title",)),
    "results": (("code", "title"), ("result_code",)),
    "steps": (("code", "step"), ("case",)),
    "texts": (("code", "plain_title"), ("summary", "situations")),
}
"""Columns that each table must have, and those that it may have."""

_CODE: Final = re.compile(CODE)


class Sheet:
    """One procedure: its row and the rows of the other tables that bear its code."""

    def __init__(self, row: Row, place: str, beside: Mapping[str, Sequence[Row]]) -> None:
        self._row, self._place, self._beside = row, place, beside
        self.findings: list[Finding] = []

    def record(self) -> Record | None:
        """Return the record, or None when it has an error."""
        code, title = self._cell("code"), " ".join(self._cell("title").split())
        if not _CODE.match(code):
            self._note("bad-code" if code else "missing-code", "code", code)
        if not title:
            self._note("missing-title", "title")
        if len(title) > TITLE_MAX:
            self._note("text-too-long", "title", title)
        for replaced in _parts(self._cell("replaces")):
            if not _CODE.match(replaced) or replaced == code:
                self._note("bad-code", "replaces", replaced)
        for name, cell in self._row.items():
            if len(cell) > TEXT_MAX:
                self._note("text-too-long", name, cell)
        body = self._body()
        field = self._cell("field")
        head = Head(
            title=title,
            levels=self._listed("levels", LEVELS, "unknown-level"),
            kind=self._cell("kind"),
            field_code=self._cell("field_code") or folded(field).replace(" ", "-")[:60],
            field_name=field,
            audiences=self._listed("audiences", AUDIENCES, "unknown-audience"),
            online_level=ONLINE.get(folded(self._cell("online_level")), "information"),
            channels=tuple(dict.fromkeys(channel.kind for channel in body.channels)),
            free=is_free(body.channels),
            portal_url=self._cell("portal_url") or None,
        )
        if any(finding.severity == "error" for finding in self.findings):
            return None
        decision = self._cell("decision") or None
        return Record(
            code=code,
            head=head,
            body=body,
            decision=decision,
            text=self._citizen_text(),
            replaces=tuple(dict.fromkeys(_parts(self._cell("replaces")))),
        )

    def _body(self) -> ProcedureBody:
        return ProcedureBody(
            steps=self._steps(),
            channels=self._channels(),
            cases=self._cases(),
            legal_bases=self._keyed(
                "legal_bases",
                lambda key, row: LegalBasis(key=key, number=row["number"], title=row["title"]),
                "number",
            ),
            results=self._results(),
            requirements=self._cell("conditions"),
            description=self._cell("description"),
            keywords=tuple(_parts(self._cell("keywords"))),
            agencies=Agencies(
                performing=tuple(_parts(self._cell("agency"))), address=self._cell("address")
            ),
        )

    def _steps(self) -> tuple[StepGroup, ...]:
        grouped: dict[str, list[str]] = {}
        for row in self._beside["steps"]:
            grouped.setdefault(row["case"], []).append(row["step"])
        if not grouped and self._cell("steps"):
            grouped[""] = _parts(self._cell("steps"))
        keys = Keys()
        return tuple(
            StepGroup(key=keys.of(title), title=title, steps=tuple(steps))
            for title, steps in grouped.items()
        )

    def _channels(self) -> tuple[Channel, ...]:
        options: dict[str, list[Row]] = {}
        for row in self._beside["channels"]:
            options.setdefault(row["channel"], []).append(row)
        keys = Keys()
        channels: list[Channel] = []
        for written, rows in options.items():
            kind = CHANNELS.get(folded(written))
            if kind is None:
                self._note("unknown-channel", "channel", written)
                continue
            inner = Keys()
            times = tuple(self._option(inner, row) for row in rows)
            channels.append(Channel(key=keys.of(kind), kind=kind, options=times))
        return tuple(channels)

    def _option(self, keys: Keys, row: Row) -> TimeOption:
        text, written = meant(row["time"]), row["unit"]
        unit = UNITS.get(folded(written), "unknown")
        if text and unit == "unknown":
            self._note("duration-without-unit", "unit", text)
        inner = Keys()
        fees = [
            fee_of(
                inner.of(each["fee_code"], each["amount"], each["note"]),
                amount_in(each["amount"]),
                each["unit"],
                each["note"],
                each["fee_code"] or None,
            )
            for each in self._beside["fees"]
            if each["channel"] in ("", row["channel"])
        ]
        for fee in fees:
            if fee.kind == "set_by_province":
                self._note("fee-set-by-province", "amount", fee.condition)
        return TimeOption(
            key=keys.of(text, unit),
            value=int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None,
            unit=unit,
            text=text,
            note=row["note"],
            fees=tuple(fees),
        )

    def _cases(self) -> tuple[Case, ...]:
        grouped: dict[str, list[Paper]] = {}
        keys = Keys()
        for row in self._beside["papers"]:
            form = Form(name=row["form"], source_url=row["form_url"] or None)
            paper = Paper(
                key=keys.of(row["case"], row["paper_code"] or folded(row["name"])),
                name=row["name"],
                code=row["paper_code"] or None,
                originals=min(amount_in(row["originals"]) or 0, 99),
                copies=min(amount_in(row["copies"]) or 0, 99),
                form=form if row["form"] else None,
            )
            grouped.setdefault(row["case"], []).append(paper)
        if not grouped and self._cell("papers"):
            names = _parts(self._cell("papers"))
            grouped[""] = [Paper(key=keys.of("", folded(name)), name=name) for name in names]
        groups = Keys()
        return tuple(
            Case(key=groups.of(title), title=title, papers=tuple(papers))
            for title, papers in grouped.items()
        )

    def _results(self) -> tuple[Result, ...]:
        named = self._keyed(
            "results",
            lambda key, row: Result(key=key, title=row["title"], code=row["result_code"] or None),
            "title",
        )
        title, keys = self._cell("result"), Keys()
        return named or tuple(Result(key=keys.of(each), title=each) for each in _parts(title))

    def _citizen_text(self) -> CitizenText | None:
        for row in self._beside["texts"]:
            return CitizenText(
                plain_title=row["plain_title"],
                summary=row["summary"],
                situations=tuple(_parts(row["situations"])),
            )
        return None

    def _keyed(self, table: str, make: Callable[[str, Row], Item], column: str) -> tuple[Item, ...]:
        keys = Keys()
        return tuple(make(keys.of(row[column]), row) for row in self._beside[table])

    def _listed(self, name: str, known: Mapping[str, Item], code: str) -> tuple[Item, ...]:
        items: list[Item] = []
        for written in _parts(self._cell(name)):
            item = known.get(folded(written))
            if item is None:
                self._note(code, name, written)
            else:
                items.append(item)
        return tuple(dict.fromkeys(items))

    def _cell(self, name: str) -> str:
        return meant(self._row.get(name, ""))

    def _note(self, code: str, column: str, value: object = "") -> None:
        self.findings.append(found(code, self._place, column=column, value=value))


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
