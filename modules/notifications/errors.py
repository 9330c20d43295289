"""Why something about notifications is refused."""

from backend.kernel import DomainError


class UnknownKind(DomainError):
    """Nobody tells people anything of that kind."""

    slug = "notifications/unknown-kind"
    status = 404


class TemplateUnfit(DomainError):
    """The text has a placeholder that the kind does not fill, or one that is not closed."""

    slug = "notifications/template-unfit"
    status = 422


class SubscriptionUnfit(DomainError):
    """The push subscription has no https address, or keys that are none."""

    slug = "notifications/subscription-unfit"
    status = 422


class TooManyDevices(DomainError):
    """The account has as many devices as it may; remove one."""

    slug = "notifications/too-many-devices"


class WayClosed(DomainError):
    """This installation does not reach people that way."""

    slug = "notifications/way-closed"
