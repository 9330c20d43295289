"""Find the modules, and refuse a set that cannot work."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from backend.host.words import KERNEL, words
from backend.identity.entry import AS_SIGN_IN
from backend.kernel import Anyone, Console, DomainError, Module, requires
from contracts.documents import AwaitsNumber, DocumentKind, DocumentKinds
from contracts.event import Event
from contracts.plural import is_plural

GROUP: Final = "tinhs.modules"
_HOUSE_PATHS: Final = frozenset(
    {"", "v1", "console", "docs", "problems", "static", "oauth", "login", "dev", "files", "account"}
    | {"developers", "look", "status", "status.json"}
    | {".well-known", "hooks", "livez", "readyz", "startupz", "metrics"}
)
"""First parts of addresses that no module's public page may take."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")


_WELL_KNOWN: Final = re.compile(r"/\.well-known/[a-z0-9-]+\Z")
"""Where standards look for what a module publishes (RFC 8615)."""


class BrokenModules(Exception):
    """Modules break the plug-in contract; the house will not start with them."""

    def __init__(self, breaches: Sequence[str]) -> None:
        super().__init__("\n".join(f"  - {breach}" for breach in breaches))
        self.breaches = tuple(breaches)


def discover(guests: Collection[str] = ("*",)) -> list[Module]:
    """Load every installed module, ours and strangers', the same way.

    An entry point grants trust, so a stranger's distribution loads only when `guests` names it,
    or says `*`. Raises `BrokenModules` for one that cannot be imported.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    welcome = [point for point in points if _is_welcome(point, guests)]
    modules: list[Module] = []
    breaches: list[str] = []
    for point in welcome:
        try:
            module = point.load()
        except Exception as error:  # noqa: BLE001 - a stranger's import can fail in any way
            breaches.append(f"{point.name}: {point.value} cannot be imported: {error!r}")
            continue
        if not isinstance(module, Module):
            breaches.append(f"{point.name}: {point.value} is not a Module")
        elif module.name != point.name:
            breaches.append(f"{point.name}: {point.value} calls itself {module.name!r}")
        else:
            modules.append(module)
    if breaches:
        raise BrokenModules(breaches)
    return modules


def origins() -> dict[str, str]:
    """Return the distribution and version that each installed module came from."""
    metadata = {
        point.name: point.dist.metadata  # each look at it reads the file anew
        for point in entry_points(group=GROUP)
        if point.dist is not None
    }
    return {name: f"{each['Name']} {each['Version']}" for name, each in metadata.items()}


def _is_welcome(point: EntryPoint, guests: Collection[str]) -> bool:
    distribution = point.dist.name if point.dist is not None else ""
    return distribution == "tinhs" or "*" in guests or distribution in guests


def is_ours(module: Module) -> bool:
    """Tell whether a module is a part of the house itself, such as `identity`."""
    return module.package.startswith("backend.")


def check(modules: Iterable[Module]) -> None:
    """Raise `BrokenModules` with every breach, in words that its author can act on."""
    modules = list(modules)
    breaches = [
        *_between(modules),
        *(f"{KERNEL.name}: {breach}" for breach in _labels(KERNEL)),
        *(f"{module.name}: {breach}" for module in modules for breach in _within(module, modules)),
    ]
    if breaches:
        raise BrokenModules(breaches)


def breaches(module: Module, modules: Sequence[Module]) -> Iterator[str]:
    """Say what keeps a module from living with these, itself among them."""
    yield from _between(list(modules))
    yield from _within(module, list(modules))


def _between(modules: list[Module]) -> Iterator[str]:
    for name, count in Counter(module.name for module in modules).items():
        if count > 1:
            yield f"{name}: {count} modules call themselves this"
    providers = Counter(service for module in modules for service in module.provides)
    for service, count in providers.items():
        if count > 1 and not is_plural(service):
            names = ", ".join(m.name for m in modules if service in m.provides)
            yield f"{service.__name__}: provided by {names}; only a @plural Protocol may be"
    every = (route for module in modules for route in module.root)
    doors = (f"{way} {path}" for each in every for way in each.http_methods for path in each.paths)
    for door, count in Counter(doors).items():
        if count > 1:
            yield f"{door}: {count} routes want this address"


def _within(module: Module, modules: list[Module]) -> Iterator[str]:
    if not _NAME.match(module.name):
        yield "a name is a legal schema name: lower case, digits, underscores, 2 to 31 characters"
    yield from _scopes(module)
    yield from _names(module)
    yield from _neighbours(module, modules)
    yield from _doors(module, modules)
    yield from _labels(module)
    yield from _pages(module)
    yield from _root(module)
    if module.name != "identity":
        for route in (*module.routes, *module.root, *pages_of(module.console)):
            if AS_SIGN_IN in route.opt:
                yield f"{route.handler_name}: only identity works as the sign-in role"


def _root(module: Module) -> Iterator[str]:
    """Yield what a module serves at the root that it may not: what anybody reads is all it may."""
    for route in () if is_ours(module) else module.root:
        is_read = {*map(str, route.http_methods)} == {"GET"}
        is_open = any(isinstance(guard, Anyone) for guard in route.guards or ())
        if not (is_read and is_open and all(map(_WELL_KNOWN.match, route.paths))):
            yield (
                f"{route.handler_name}: only the backend's own modules have routes outside /v1;"
                " others have what anybody reads at /.well-known/"
            )


def _scopes(module: Module) -> Iterator[str]:
    for scope in module.scopes:
        if not scope.name.startswith(f"{module.name}:"):
            yield f"scope {scope.name!r} must start with '{module.name}:'"
        if scope.rule is None:
            yield f"scope {scope.name!r} has no rule: whom may its holder touch?"
        if scope.reads and not scope.purposes:
            yield f"scope {scope.name!r} reads {scope.reads} data and names no purposes"
        if "staff" in scope.kinds and not scope.roles:
            yield f"scope {scope.name!r} is for officers and names no roles"


def _names(module: Module) -> Iterator[str]:
    for item in (*module.subscriptions, *module.jobs):
        if not item.name.startswith(f"{module.name}."):
            yield f"{item.name!r} must start with '{module.name}.'"
    for error in _every_refusal():
        is_ours = module.package and f"{error.__module__}.".startswith(f"{module.package}.")
        if is_ours and not re.fullmatch(rf"{module.name}/[a-z0-9-]+", error.slug):
            yield f"{error.__name__}.slug {error.slug!r} must be '{module.name}/what-happened'"
    for subscription in module.subscriptions:
        if not isinstance(getattr(subscription.event, "about", None), str):
            yield f"{subscription.event.__name__} does not say what it is about"


def _neighbours(module: Module, modules: list[Module]) -> Iterator[str]:
    provided = {service for m in modules for service in m.provides}
    for service in module.requires:
        if service not in provided and not is_plural(service):
            yield f"nobody provides {service.__name__}"
    for service, provider in module.provides.items():
        for name in filter(str.islower, vars(service)) if isinstance(provider, type) else ():
            if not name.startswith("_") and not hasattr(provider, name):
                yield f"{provider.__name__} answers {service.__name__} without {name!r}"


def _doors(module: Module, modules: list[Module]) -> Iterator[str]:
    scopes = {scope.name for m in modules for scope in m.scopes}
    for route in (*module.routes, *module.root, *pages_of(module.console)):
        doors = [guard for guard in route.guards or () if isinstance(guard, requires | Anyone)]
        if len(doors) != 1:
            yield f"{route.handler_name} must name one door: requires(...) or Anyone()"
        for door in doors:
            if not isinstance(door, requires):
                continue
            if door.scope.name not in scopes:
                yield f"{route.handler_name} asks for the undeclared scope {door.scope.name!r}"
            if not _enters(route):
                yield (
                    f"{route.handler_name} is signed and takes neither tx nor snapshot, so nobody"
                    " would see that its caller's session has ended"
                )


def _pages(module: Module) -> Iterator[str]:
    """Yield what is wrong with the pages for people."""
    console = module.console
    for route in console.public:
        if not any(isinstance(guard, Anyone) for guard in route.guards or ()):
            yield f"{route.handler_name} is a public page, so its door is Anyone()"
        for path in route.paths:
            if path.split("/")[1] in _HOUSE_PATHS:
                yield f"{route.handler_name}: {path} is the house's own"
    paths = {path for route in console.public for path in route.paths}
    for part, routes in (("console", console.pages), ("account", console.account)):
        under = f"/{part}/{module.name.replace('_', '-')}"
        paths |= {f"{under}{path}".rstrip("/") for route in routes for path in route.paths}
    for nav in console.nav:
        if nav.path not in paths:
            yield f"nav {nav.name!r} leads to {nav.path}, which is no page of the module"
        if nav.path.startswith(("/console/", "/account/")) and nav.scope is None:
            yield f"nav {nav.name!r} leads behind a door and names no scope"
    yield from _cards(console, paths)
    yield from _commands(console, paths)


def _cards(console: Console, paths: Collection[str]) -> Iterator[str]:
    for card in console.cards:
        if card.path.partition("?")[0] not in paths:
            yield f"card {card.name!r} leads to {card.path}, which is no page of the module"


def _commands(console: Console, paths: Collection[str]) -> Iterator[str]:
    for command in console.commands:
        path = command.path.partition("?")[0]
        if path not in paths:
            yield f"command {command.name!r} leads to {path}, which is no page of the module"
        try:
            re.compile(command.pattern)
        except re.error:
            yield f"command {command.name!r}: {command.pattern!r} is no regular expression"


def pages_of(console: Console) -> Iterator[HTTPRouteHandler]:
    """Yield every page for people."""
    yield from (*console.public, *console.pages, *console.account)


def _enters(route: HTTPRouteHandler) -> bool:
    return bool({"tx", "snapshot"} & set(route.fn.__annotations__))


def _labels(module: Module) -> Iterator[str]:
    if not module.package:
        return
    spoken = words(module)
    wanted = [f"problems.{slug}" for slug in refusals(module)]
    wanted += [f"scopes.{scope.name.partition(':')[2]}" for scope in module.scopes]
    wanted += [f"nav.{nav.name}" for nav in module.console.nav]
    wanted += [f"cards.{card.name}" for card in module.console.cards]
    wanted += [f"commands.{command.name}" for command in module.console.commands]
    for kind in _kinds(module):
        if getattr(kind, "module", "") != module.name:
            yield f"kind {kind.name!r} says it is of another module, or of none"
        wanted += [f"kinds.{kind.name}", *(f"roles.{role}" for role in getattr(kind, "roles", ()))]
        wanted += [f"facts.{fact}" for fact in getattr(kind, "facts", ())]
        wanted += [f"numbers.{kind.awaits}"] if isinstance(kind, AwaitsNumber) else []
    for key in dict.fromkeys(wanted):
        for language, known in spoken.items():
            if f"{module.name}.{key}" not in known:
                yield f"locales/{language}.toml has no {key!r}"


def _kinds(module: Module) -> Iterable[DocumentKind]:
    """Return the kinds of documents that a module describes."""
    provider = module.provides.get(DocumentKinds)
    return provider(None) if provider else ()


def refusals(module: Module) -> dict[str, type[DomainError]]:
    """Return slug → class of every refusal under the module's name, in order."""
    return {
        error.slug: error
        for error in sorted(_every_refusal(), key=lambda error: error.slug)
        if error.slug.startswith(f"{module.name}/")
    }


def _every_refusal() -> Iterator[type[DomainError]]:
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if "slug" in vars(cls):
                yield cls


def gather(
    modules: Iterable[Module], settings: Mapping[type, msgspec.Struct] | None = None
) -> dict[type, list[Callable[[Any], Any]]]:
    """Collect everything that a transaction can be asked for."""
    providers: dict[type, list[Callable[[Any], Any]]] = {}
    for module in modules:
        for service, provider in module.provides.items():
            providers.setdefault(service, []).append(provider)
        if module.settings is not None:
            value = (settings or {}).get(module.settings) or module.settings()
            providers[module.settings] = [lambda _, value=value: value]
    return providers


def events() -> dict[str, type[Event]]:
    """Every event the house knows, by its tag."""
    found: dict[str, type[Event]] = {}
    waiting: list[type[Event]] = [Event]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            found[str(cls.__struct_config__.tag)] = cls
    return dict(sorted(found.items()))
