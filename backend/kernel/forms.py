"""What a browser sends from a plain form."""

from typing import Final, Protocol, TypeVar

from backend.kernel.files import Photos

T = TypeVar("T")

TOKEN: Final = "csrf"  # noqa: S105 - the name of a field
"""The field in which a console's form shows that it is ours."""
KEY: Final = "key"
"""The field that makes a form that is sent twice one request, as `Idempotency-Key` does."""


class Form(Protocol):
    """What a page's form brought. Its handler asks for `Injected[Form]`.

    A route with the option `PHOTOS_MAX` takes files of a field `photos` besides.
    """

    def text(self, name: str) -> str:
        """Return what was filled in; empty where nothing was."""
        ...

    def read(self, kind: type[T]) -> T:
        """Return the fields as a Struct, the same that the page's twin takes as JSON.

        A field that was left empty is left out. Raises `BadRequest` with every fault.
        """
        ...

    def photos(self) -> Photos:
        """Return the files that came along."""
        ...
