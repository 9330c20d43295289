"""Pages for people, as a module declares them: for the public, for officers, for citizens.

Like the rest of a module it is data; the host mounts it and the shell of every page shows the menu.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from backend.kernel.auth import Scope

PAGE = "page"
"""Option of a route that people open: its refusals are pages too. The host sets it."""


class Nav(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the menu: the module's text `nav.<name>`, and the path of one of its pages."""

    name: str
    path: str
    scope: Scope | None = None
    """Whom the console or the account shows it; a public page needs none."""
    icon: str = "page"
    """A name in `backend/pages/icons.html`."""
    key: str = ""
    """One letter: in the console, `g` and then it goes there."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What Ctrl-K in the console opens besides pages by their names: a thing, by its code."""

    name: str
    """The module's text `commands.<name>`."""
    pattern: str
    """What such codes look like: a regular expression that Python and browsers read alike."""
    path: str
    """A page of the module and the start of its query, which the code ends: `/…/find?code=`."""
    scope: Scope
    """Whom it is offered."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A number on the console's first page: what waits for whoever looks, and where it is done."""

    name: str
    """Its words are the module's text `cards.<name>`."""
    path: str
    """Of one of the module's pages, with a query if need be."""
    scope: Scope
    """Whom it is shown; they need not have proved themselves anew."""
    load: Callable[[Any], Awaitable[int]]
    """`async def load(snapshot)`, as the officer: one statement. What it raises spoils this card
    alone."""
    is_alarm: bool = False
    """Whether anything but 0 is a reason to hurry."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it is now; without a number its module did not answer."""

    module: str
    name: str
    path: str
    number: int | None
    is_alarm: bool


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """A module's pages. Each handler names its door, as every route does."""

    public: tuple[HTTPRouteHandler, ...] = ()
    """Served at the root, for everybody: doors are `Anyone()`."""
    pages: tuple[HTTPRouteHandler, ...] = ()
    """Served under `/console/<name>`, for officers."""
    account: tuple[HTTPRouteHandler, ...] = ()
    """Served under `/account/<name>`, for citizens who have signed in in their browser."""
    nav: tuple[Nav, ...] = ()
    cards: tuple[Card, ...] = ()
    commands: tuple[Command, ...] = ()
