"""A set of modules that cannot work does not start, and says everything that is wrong."""

from datetime import timedelta
from typing import Protocol

import pytest
from litestar import get, post

from backend.host.registry import BrokenModules, breaches, check, discover, gather
from backend.kernel import (
    Anyone,
    Command,
    Console,
    DomainError,
    Injected,
    Job,
    Module,
    Nav,
    Scope,
    Snapshot,
    everything,
    requires,
)
from contracts.documents import DocumentKinds
from contracts.plural import plural
from modules.labour_contracts.model.contract import LabourContract


class Nobody(Protocol): ...


@plural
class Kind(Protocol): ...


class One(Protocol): ...


class Answers:
    def __init__(self, snapshot: Snapshot) -> None: ...


UNDECLARED = Scope(name="aa:undeclared", rule=everything())
DECLARED = Scope(name="aa:declared", rule=everything())


@get("/open", sync_to_thread=False)
def no_door() -> str:
    return ""


@get("/two", guards=[Anyone(), requires(DECLARED)])
async def two_doors(snapshot: Injected[Snapshot]) -> str:
    return ""


@get("/undeclared", guards=[requires(UNDECLARED)])
async def undeclared(snapshot: Injected[Snapshot]) -> str:
    return ""


@post("/never-entered", guards=[requires(DECLARED)])
async def never_entered() -> str:
    return ""


async def nothing(tx: object) -> None: ...


def test_what_is_installed_can_start() -> None:
    check(discover())


def test_the_house_stands_without_the_module_of_reports() -> None:
    check([module for module in discover() if module.name != "feedback"])


def test_nine_faults_are_refused_with_nine_lines() -> None:
    broken = [
        Module(
            name="aa",
            scopes=(Scope(name="b:c", rule=everything()), DECLARED),
            routes=(no_door, two_doors, undeclared, never_entered),
            requires=(Nobody,),
            jobs=(Job(name="escalate", run=nothing, every=timedelta(hours=1)),),
        ),
        Module(name="Bad-Name"),
        Module(name="aa"),
    ]

    with pytest.raises(BrokenModules) as refusal:
        check(broken)

    assert sorted(refusal.value.breaches) == [
        (
            "Bad-Name: a name is a legal schema name:"
            " lower case, digits, underscores, 2 to 31 characters"
        ),
        "aa: 'escalate' must start with 'aa.'",
        "aa: 2 modules call themselves this",
        (
            "aa: never_entered is signed and takes neither tx nor snapshot,"
            " so nobody would see that its caller's session has ended"
        ),
        "aa: no_door must name one door: requires(...) or Anyone()",
        "aa: nobody provides Nobody",
        "aa: scope 'b:c' must start with 'aa:'",
        "aa: two_doors must name one door: requires(...) or Anyone()",
        "aa: undeclared asks for the undeclared scope 'aa:undeclared'",
    ]


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        (Scope(name="aa:x"), "has no rule"),
        (Scope(name="aa:x", rule=everything(), reads="personal"), "names no purposes"),
        (Scope(name="aa:x", rule=everything(), kinds=frozenset({"staff"})), "names no roles"),
    ],
)
def test_a_scope_says_whom_it_touches(scope: Scope, line: str) -> None:
    with pytest.raises(BrokenModules) as refusal:
        check([Module(name="aa", scopes=(scope,))])

    assert [breach for breach in refusal.value.breaches if line in breach]


def test_a_stranger_has_no_route_at_the_root() -> None:
    @get("/", guards=[Anyone()])
    async def takes_over() -> str:
        return ""

    with pytest.raises(BrokenModules, match="only the backend's own"):
        check([Module(name="aa", root=(takes_over,))])


def test_what_anybody_reads_at_a_well_known_address_is_any_modules_once() -> None:
    @get("/.well-known/aa-issuer", guards=[Anyone()])
    async def tells() -> str:
        return ""

    @post("/.well-known/aa-inbox", guards=[Anyone()])
    async def takes() -> str:
        return ""

    check([Module(name="aa", root=(tells,))])
    with pytest.raises(BrokenModules, match="2 routes want this address"):
        check([Module(name="aa", root=(tells,)), Module(name="bb", root=(tells,))])
    with pytest.raises(BrokenModules, match="what anybody reads"):
        check([Module(name="aa", root=(takes,))])


def test_every_refusal_and_scope_has_words_in_both_languages() -> None:
    class Unnamed(DomainError):
        slug = "aa/unnamed"

    Unnamed.__module__ = "backend.testing.errors"  # where no module of the house lives
    wordless = Module(name="aa", package="backend.testing", scopes=(DECLARED,))

    with pytest.raises(BrokenModules) as refusal:
        check([wordless])

    assert set(refusal.value.breaches) >= {
        "aa: locales/vi.toml has no 'problems.aa/unnamed'",
        "aa: locales/en.toml has no 'problems.aa/unnamed'",
        "aa: locales/vi.toml has no 'scopes.declared'",
        "aa: locales/en.toml has no 'scopes.declared'",
    }


def test_a_kind_and_everybody_who_signs_have_words_in_both_languages() -> None:
    """`labour.contract` as a stranger would bring it who has not written its words."""

    class Wordless(LabourContract):
        module = "aa"

    def bring(name: str) -> Module:
        kinds = {DocumentKinds: lambda _: (Wordless(),)}
        return Module(name=name, package="backend.testing", provides=kinds)

    wordless, of_another = bring("aa"), bring("bb")

    # A refusal that another test has made up may still be known here, and lacks words too.
    lacking = {each for each in breaches(wordless, [wordless]) if "problems." not in each}
    assert {each for each in lacking if "locales" in each} == {
        f"locales/{language}.toml has no {key!r}"
        for language in ("vi", "en")
        for key in (
            *("kinds.labour.contract", "roles.employer", "roles.employee", "numbers.certificate"),
            *(f"facts.{fact}" for fact in LabourContract.facts),
        )
    }
    assert "kind 'labour.contract' says it is of another module, or of none" in breaches(
        of_another, [of_another]
    )


def test_only_a_plural_protocol_has_many_providers() -> None:
    both = [
        Module(name="aa", provides={Kind: Answers}),
        Module(name="bb", provides={Kind: Answers}),
    ]
    check(both)
    assert len(gather(both)[Kind]) == 2

    with pytest.raises(BrokenModules, match="One: provided by aa, bb"):
        check([Module(name=name, provides={One: Answers}) for name in ("aa", "bb")])


@get("/v1/mine", guards=[Anyone()])
async def page_of_the_house() -> str:
    return ""


@get("/private", guards=[requires(DECLARED)])
async def private_page(snapshot: Injected[Snapshot]) -> str:
    return ""


def test_pages_keep_to_their_places_and_the_menu_leads_to_them() -> None:
    aa = Module(
        name="aa",
        scopes=(DECLARED,),
        console=Console(
            public=(page_of_the_house, private_page),
            pages=(private_page,),
            nav=(
                Nav(name="gone", path="/nowhere"),
                Nav(name="open", path="/console/aa/private"),
                Nav(name="fine", path="/console/aa/private", scope=DECLARED),
            ),
            commands=(
                Command(name="fine", pattern="A-[0-9]", path="/private?code=", scope=DECLARED),
                Command(name="lost", pattern="(", path="/nowhere?code=", scope=DECLARED),
            ),
        ),
    )

    with pytest.raises(BrokenModules) as refused:
        check([aa])

    assert set(refused.value.breaches) == {
        "aa: page_of_the_house: /v1/mine is the house's own",
        "aa: private_page is a public page, so its door is Anyone()",
        "aa: nav 'gone' leads to /nowhere, which is no page of the module",
        "aa: nav 'open' leads behind a door and names no scope",
        "aa: command 'lost' leads to /nowhere, which is no page of the module",
        "aa: command 'lost': '(' is no regular expression",
    }
