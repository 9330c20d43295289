"""What is wrong with a document, one sentence each: the item as the law names it, and what to do.

A module writes `defects.<code>` and `items.<pointer>` in its locales; words that gate and house use
are the kernel's. Places in a list are one item: `/subjects/*/average`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from backend.kernel.locale import knows, language, t

_PLACE: Final = re.compile(r"/\d+(?=/|$)")
_ABOVE_MAX: Final = 3


def in_words(module: str, defect: Mapping[str, Any]) -> str:
    """Return the sentence on a defect in the language of the request; of any code there is one."""
    code, pointer = str(defect.get("code", "")), str(defect.get("pointer", ""))
    suggestion = str(defect.get("suggestion", ""))
    keys = (f"{module}.defects.{code}", f"kernel.defects.{code}", "kernel.defects.other")
    key = next(key for key in keys if knows(key, language.get()))
    whole = t("kernel.defects.document") if not pointer else t("kernel.defects.at", pointer=pointer)
    values = {
        "item": item(module, pointer) or whole,
        "code": code,
        "code_point": str(defect.get("code_point", "")),
        "suggestion": suggestion,
    }
    said = t(key, **values)
    is_untold = said == t(key, **{**values, "suggestion": ""})
    if suggestion and is_untold:
        said += " " + t("kernel.defects.meant", suggestion=suggestion)
    return said[:1].upper() + said[1:]


def item(module: str, pointer: str) -> str:
    """Return how the law calls what a pointer leads to, or what that is part of; empty if unnamed.

    A body may hold the document below members of its own: `/contract/wage` is `/wage` too.
    """
    parts = _PLACE.sub("/*", pointer).split("/")[1:]
    for first in range(min(len(parts), _ABOVE_MAX)):
        for last in range(len(parts), first, -1):
            key = f"{module}.items./{'/'.join(parts[first:last])}"
            if knows(key, language.get()):
                return t(key)
    return ""
