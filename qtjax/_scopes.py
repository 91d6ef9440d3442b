"""The names of descriptions on the operations they make: profiles show them, and sweeps read them."""

from contextlib import AbstractContextManager
from typing import Any

import jax

_MARK = "qtjax: "


def scope_of(description: Any) -> AbstractContextManager[Any]:
    """All operations made inside carry the description's `repr`."""
    return jax.named_scope(f"{_MARK}{description!r}")


def description_in(scope: str) -> str | None:
    """The description whose scope this is, None for another scope."""
    return scope.removeprefix(_MARK) if scope.startswith(_MARK) else None
