"""The refusals of the gateway itself. Each slug is for ever."""

from backend.kernel import DomainError


class MethodNotAllowed(DomainError):
    """The thing exists and does not understand this method; `Allow` names those it does."""

    slug = "kernel/method-not-allowed"
    status = 405


class BodyTooSlow(DomainError):
    """The body did not arrive at the pace that an honest line keeps; the connection is closed."""

    slug = "kernel/body-too-slow"
    status = 408


class BodyTooLarge(DomainError):
    """The body is larger than this route takes."""

    slug = "kernel/body-too-large"
    status = 413


class UrlTooLong(DomainError):
    """The address of the request is longer than any that this house gives out."""

    slug = "kernel/url-too-long"
    status = 414


class UnsupportedMediaType(DomainError):
    """The body is not what the route takes: JSON, unless its description says otherwise."""

    slug = "kernel/unsupported-media-type"
    status = 415


class Inconsistent(DomainError):
    """The body fits the published description, and contradicts itself or says nothing."""

    slug = "kernel/inconsistent"
    status = 422


class HeadersTooLarge(DomainError):
    """The headers of the request are larger than the house reads."""

    slug = "kernel/headers-too-large"
    status = 431


class Overloaded(DomainError):
    """The house has as much to do as it can; nothing of the request was done."""

    slug = "kernel/overloaded"
    status = 503


class Unavailable(DomainError):
    """Something the house stands on is away; with the same `Idempotency-Key` a retry is safe."""

    slug = "kernel/unavailable"
    status = 503
