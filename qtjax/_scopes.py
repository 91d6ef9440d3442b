"""The names of descriptions on the operations they make: profiles show them, and sweeps read them."""

from contextlib import AbstractContextManager
from typing import Any

import jax

_MARK = "qtjax: "


def scope_of(description: Any) -> AbstractContextManager[Any]:
    """All operations made inside carry the call that makes the description."""
    return jax.named_scope(f"{_MARK}{called(description)}")


def called(description: Any) -> str:
    """The call that makes a description: its `repr` without the words on approximations."""
    return repr(description).partition(": ")[0]


def description_in(scope: str) -> str | None:
    """The description whose scope this is, None for another scope."""
    return scope.removeprefix(_MARK) if scope.startswith(_MARK) else None
