"""Pages for people: templates by name, words by key, nothing glued from pieces.

A template is named `<module>/<file>` and lies in the module's folder `pages`; the kernel's own are
`kernel/…`. Everything is escaped; a value that was not given is an error.
"""

from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple

from jinja2 import BaseLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from litestar import Response

from backend.kernel.console import Card, Command, Nav
from backend.kernel.database import VIETNAM
from backend.kernel.locale import knows, language, t
from backend.kernel.rules import Principal

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'{forms_to}; base-uri 'none';"
    " frame-ancestors 'none'{scripts}"
)

POLICY: Final = _POLICY.format(forms_to="", scripts="")
"""What a page may do whose forms stay here."""

Theme = Literal["", "light", "dark"]
"""What a reader has chosen; empty: what their machine prefers."""


THEMES: Final[tuple[Theme, ...]] = ("light", "dark")


class Sight(NamedTuple):
    """What a page knows of the request that it answers."""

    address: str = "/"
    """Path and query."""
    theme: Theme = ""


_NOWHERE: Final = Sight()
sight: Final[ContextVar[Sight]] = ContextVar("sight", default=_NOWHERE)
"""The gateway sets it, from the cookie that `POST /look` leaves."""

LOOK: Final = "tinhs-look"
"""The cookie `<language>.<theme>`, either of which may be empty."""

CLOSED: Final = {
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What every page is sent with beside its policy, a refusal that is drawn too."""
_loaders: Final[dict[str, BaseLoader]] = {}
_environment: Final = Environment(
    loader=PrefixLoader(_loaders),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _day(value: date) -> str:
    """Return a day as people here write it: 21/11/2026."""
    return value.strftime("%d/%m/%Y")


def _moment(value: datetime) -> str:
    """Return a moment on Vietnam's clock: 21/11/2026 16:30."""
    return value.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")


def _until(value: datetime) -> str:
    """Return a deadline as people understand it: midnight is the end of the day before."""
    local = value.astimezone(VIETNAM)
    if local.time() != time():
        return _moment(value)
    return t("kernel.pages.end_of_day", day=_day(local.date() - timedelta(days=1)))


def _offered(entries: Iterable[Nav], officer: Principal) -> list[Nav]:
    """Return the entries of the console's menu that an officer's roles open."""
    return [
        nav
        for nav in _below("/console/", entries)
        if nav.scope is not None and officer.roles & nav.scope.roles
    ]


def _owned(entries: Iterable[Nav], citizen: Principal) -> list[Nav]:
    """Return the entries of the account's menu that a citizen may open, maybe with more proof."""
    return [
        nav
        for nav in _below("/account/", entries)
        if nav.scope is not None and nav.scope.name in citizen.scopes
    ]


def _held(commands: Iterable[Command], officer: Principal) -> list[Command]:
    """Return the commands that an officer's roles open."""
    return [each for each in commands if officer.roles & each.scope.roles]


def _below(start: str, entries: Iterable[Nav]) -> Iterable[Nav]:
    return (nav for nav in entries if nav.path.startswith(start))


def _here(path: str) -> bool:
    """Tell whether an entry of the menu leads to the page that is shown, or to what it is part of.

    Of two entries that both do, the longer one does.
    """
    at = sight.get().address.partition("?")[0]
    nearest = max((p for p in _paths() if at == p or at.startswith(f"{p}/")), key=len, default="")
    return path == nearest


def _paths() -> Iterable[str]:
    return (nav.path for entries in _menu.values() for nav in entries)


def _word(key: str) -> str:
    """Return the text of a key that need not be there."""
    return t(key) if knows(key, language.get()) else ""


_environment.filters.update(  # pyright: ignore[reportUnknownMemberType] - jinja2's own gap
    offered=_offered, owned=_owned, held=_held, day=_day, moment=_moment, until=_until
)
_menu: Final[dict[str, tuple[Nav, ...]]] = {}
_cards: Final[dict[str, tuple[Card, ...]]] = {}
_commands: Final[dict[str, tuple[Command, ...]]] = {}
_environment.globals.update(  # pyright: ignore[reportUnknownMemberType]
    t=t, word=_word, menu=_menu, commands=_commands, sight=sight.get, here=_here
)


token_of_forms: Final[ContextVar[str]] = ContextVar("token_of_forms", default="")
"""What the forms of this officer's console, or citizen's account, carry; the gateway sets it."""


def learn_templates(module: str, package: str) -> None:
    """Let the templates in a package's folder `pages` be named. The host calls this at start."""
    _loaders[module] = PackageLoader(package, "pages")


def learn_menu(module: str, entries: tuple[Nav, ...]) -> None:
    """Show a module's entries in the menu of every page. The host calls this at start."""
    _menu[module] = entries


def learn_commands(module: str, commands: tuple[Command, ...]) -> None:
    """Offer a module's commands in the console. The host calls this at start."""
    _commands[module] = commands


def learn_cards(module: str, cards: tuple[Card, ...]) -> None:
    """Show a module's numbers on the console's first page. The host calls this at start."""
    _cards[module] = cards


def cards_of(roles: Collection[str]) -> list[tuple[str, Card]]:
    """Return the cards that these roles open, with the modules whose they are."""
    return [
        (module, card)
        for module, cards in _cards.items()
        for card in cards
        if not card.scope.roles.isdisjoint(roles)
    ]


def work_page(
    template: str, officer: Principal, *, status: int = 200, **values: Any
) -> Response[str]:
    """Return a page of the console: it is kept nowhere, and its forms show that they are ours."""
    return _own_page(template, status, officer=officer, **values)


def account_page(
    template: str, citizen: Principal, *, status: int = 200, **values: Any
) -> Response[str]:
    """Return a page of a citizen's account: as one of the console, but for its menu."""
    return _own_page(template, status, citizen=citizen, **values)


def _own_page(template: str, status: int, **values: Any) -> Response[str]:
    return page(
        template,
        status=status,
        scripts="own",
        headers={"Cache-Control": "no-store"},
        token=token_of_forms.get(),
        **values,
    )


def rendered(template: str, **values: Any) -> str:
    """Return a page's text in the language of the request; raises as `page` does."""
    return _environment.get_template(template).render(language=language.get(), **values)


def page(
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    forms_to: str = "",
    scripts: Literal["none", "own"] = "none",
    **values: Any,
) -> Response[str]:
    """Return a page in the language of the request, which asks no other host.

    It runs no script, or those of our own files alone, never one that stands in the page.
    `forms_to` is an origin to which the answer to one of its forms may redirect. Raises jinja2's
    errors for a template or a value that is not there: a bug.
    """
    policy = _POLICY.format(
        forms_to=f" {forms_to}" if forms_to else "",
        scripts="; script-src 'self'" if scripts == "own" else "",
    )
    return Response(
        rendered(template, **values),
        status_code=status,
        media_type="text/html",
        headers={**CLOSED, "Content-Security-Policy": policy, **(headers or {})},
    )
