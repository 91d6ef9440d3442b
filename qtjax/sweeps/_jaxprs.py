"""What a traced function tells of itself: the descriptions it applies, and a fingerprint of what it computes."""

import hashlib
import re
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from .._scopes import description_in


def descriptions(closed: Any) -> tuple[str, ...]:
    """The descriptions that a traced function applies: they leave their names on the operations."""
    equations = (equation for jaxpr in _nested(closed) for equation in jaxpr.eqns)
    scopes = (scope for equation in equations for scope in equation.source_info.name_stack.stack)
    found = dict.fromkeys(description_in(getattr(scope, "name", "")) for scope in scopes)
    return tuple(name for name in found if name is not None)


def fingerprint(closed: Any) -> str:
    """A hash of all operations and constants: of what the function computes, closed-over values included."""
    digest = hashlib.sha256()
    # Addresses of Python objects differ from process to process.
    digest.update(re.sub(r"0x[0-9a-f]+", "", str(closed.jaxpr)).encode())
    # Of arrays the text shows the shape only. Which of them are shared depends on what was traced before.
    constants = set()
    for jaxpr in _nested(closed):
        literals = (x.val for equation in jaxpr.eqns for x in equation.invars if isinstance(x, Literal))
        found = (*getattr(jaxpr, "consts", ()), *literals)
        constants |= {np.asarray(x).tobytes() for x in found if hasattr(x, "__array__")}
    for constant in sorted(constants):
        digest.update(constant)
    return digest.hexdigest()


def _nested(closed: Any) -> list[Any]:
    """A jaxpr and all jaxprs inside, each once, in a fixed order."""
    found: dict[int, Any] = {}
    waiting = [closed]
    while waiting:
        jaxpr = waiting.pop()
        if id(jaxpr) not in found:
            found[id(jaxpr)] = jaxpr
            for equation in jaxpr.eqns:
                waiting += filter(_is_jaxpr, jax.tree.leaves(list(equation.params.values()), is_leaf=_is_jaxpr))
    return list(found.values())


def _is_jaxpr(x: Any) -> bool:
    return isinstance(x, (Jaxpr, ClosedJaxpr))
