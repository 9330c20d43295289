"""How a handler asks the host for something: by annotating a parameter."""

from typing import TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

_T = TypeVar("_T")

# Litestar would check the value against `_T` at run time, which a Protocol cannot bear.
Injected = NamedDependency[SkipValidation[_T]]
"""`tx: Injected[Transaction]`: the host gives it; the caller of the API cannot."""
