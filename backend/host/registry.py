"""Find the modules, and refuse a set that cannot work."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from backend.kernel import Anyone, DomainError, Module, Providers, requires
from contracts.event import Event
from contracts.plural import is_plural

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")


class BrokenModules(Exception):
    """Modules break the plug-in contract; the host will not start with them."""

    def __init__(self, breaches: list[str]) -> None:
        super().__init__("\n".join(f"  - {breach}" for breach in breaches))
        self.breaches = breaches


def discover() -> list[Module]:
    """Load every installed module. In-tree and third-party ones come the same way."""
    points = entry_points(group="tinhs.modules")
    return [point.load() for point in sorted(points, key=lambda point: point.name)]


def check(modules: Iterable[Module]) -> None:
    """Raise `BrokenModules` with every breach, in words the author can act on."""
    modules = list(modules)
    breaches = [*_between(modules), *(b for module in modules for b in _within(module, modules))]
    if breaches:
        raise BrokenModules(breaches)


def _between(modules: list[Module]) -> Iterator[str]:
    for name, count in Counter(module.name for module in modules).items():
        if count > 1:
            yield f"{name}: {count} modules call themselves this"
    providers = Counter(service for module in modules for service in module.provides)
    for service, count in providers.items():
        if count > 1 and not is_plural(service):
            yield f"{service.__name__}: {count} modules provide it; name one in TINHS_PROVIDERS"


def _within(module: Module, modules: list[Module]) -> Iterator[str]:
    name = module.name
    if not _NAME.match(name):
        yield f"{name}: a name is a legal schema name: lower case, digits, underscores"
    scopes = {scope.name for m in modules for scope in m.scopes}
    provided = {service for m in modules for service in m.provides}
    for scope in module.scopes:
        if not scope.name.startswith(f"{name}:"):
            yield f"{name}: scope {scope.name!r} must start with '{name}:'"
    for item in (*module.subscriptions, *module.jobs):
        if not item.name.startswith(f"{name}."):
            yield f"{name}: {item.name!r} must start with '{name}.'"
    for subscription in module.subscriptions:
        if not isinstance(getattr(subscription.event, "about", None), str):
            yield f"{name}: {subscription.event.__name__} does not say what it is about"
    for service in module.requires:
        if service not in provided and not is_plural(service):
            yield f"{name}: nobody provides {service.__name__}"
    for route in module.routes:
        doors = [guard for guard in route.guards or () if isinstance(guard, requires | Anyone)]
        if len(doors) != 1:
            yield f"{name}: {route.handler_name} must name one door: requires(...) or Anyone()"
        for door in doors:
            if isinstance(door, requires) and door.scope.name not in scopes:
                yield f"{name}: {route.handler_name} asks for the undeclared {door.scope.name!r}"


def gather(modules: Iterable[Module], settings: Mapping[type, Any] | None = None) -> Providers:
    """Collect everything a transaction can be asked for."""
    providers: dict[type, list[Callable[[Any], Any]]] = {}
    for module in modules:
        for service, provider in module.provides.items():
            providers.setdefault(service, []).append(provider)
        if module.settings is not None:
            value = (settings or {}).get(module.settings) or module.settings()
            providers[module.settings] = [lambda _, value=value: value]
    return providers


def slugs() -> set[str]:
    """Every refusal the house knows, from the classes themselves."""
    found: set[str] = set()
    waiting = [DomainError]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            found.add(cls.slug)
            waiting.append(cls)
    return found


def events() -> dict[str, type[Event]]:
    """Every event the house knows, by its tag."""
    return {str(cls.__struct_config__.tag): cls for cls in Event.__subclasses__()}
