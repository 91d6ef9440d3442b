"""An assessment as one printed page."""

import textwrap
from collections.abc import Callable, Collection
from typing import Any

import jax
import numpy as np

from .._checks import is_concrete
from ..states import PHYSICAL_TOLERANCE
from ._candidates import CANDIDATES, EXACT, GLOBAL, LOCAL, PARTIAL, PREFERENCE, REDFIELD

_WIDTH, _NAME, _BATHS = 100, 21, 6
_WIDTHS = (10, 10, 10, 10, 10, 10, 6, 10)
_NOTICED = 0.03  # a small parameter from here on is named as a cause


def is_one(assessment: Any) -> bool:
    """Whether the arrays are known, and of one system."""
    arrays = jax.tree.leaves(assessment)
    return all(is_concrete(x) for x in arrays) and np.ndim(assessment.trusted) == 0


def page(assessment: Any) -> str:
    """The page of one system whose arrays are known."""
    a = jax.tree.map(np.asarray, assessment)
    lines = [*_headline(a), "", *_scales(a), "", *_currents(a), "", *_judgement(a), "", *_verdict(a)]
    wrap = lambda line: textwrap.wrap(line, _WIDTH, subsequent_indent="  ")  # noqa: E731
    return "\n".join(part for line in lines for part in ([line] if len(line) <= _WIDTH else wrap(line)))


def _headline(a: Any) -> list[str]:
    if a.judge == 0:
        judge = "the exact solution"
    elif a.judge == 1 and np.isinf(a.uncertainty):
        judge = "the Redfield equation without Lamb shift, for lack of a better one: a Lamb shift unsettles it"
    elif a.judge == 1:
        judge = f"the Redfield equation without Lamb shift, itself uncertain by {_percent(a.uncertainty)}"
    else:
        judge = "none, for none has a steady state"
    wider = a.allowed > a.tolerance and np.isfinite(a.allowed)
    allowed = f" (errors up to {_percent(a.allowed)} pass, half the judge's own)" if wider else ""
    return [
        f"Which description to trust, with a tolerance of {_percent(a.tolerance)}{allowed}: {a.trusted_name}",
        f"The judge is {judge}.",
    ]


def _scales(a: Any) -> list[str]:
    n = min(len(a.baths), _BATHS)
    return [
        _row("bath", a.baths[:n], str),
        _row("temperature", a.temperatures[:n]),
        _row("1/(2 pi T)", a.thermal_time[:n]),
        _row("1/cutoff", a.cutoff_time[:n]),
        f"Times: periods {_number(a.shortest_period)} to {_number(a.longest_period)}; 1/(smallest splitting) "
        f"{_number(a.splitting_time)}; relaxation {_number(a.fastest_relaxation)} to {_number(a.slowest_relaxation)}.",
        f"Weak coupling (fastest relaxation x longest memory of a bath): {_number(a.weak_coupling)}",
    ]


def _currents(a: Any) -> list[str]:
    n = min(len(a.baths), _BATHS)
    rows = [_row("heat currents in", [*a.baths[:n], *(["..."] if n < len(a.baths) else [])], str)]
    if a.judge == 0:
        rows.append(_row("exact", a.reference_currents[:n], _digits))
    return rows + [_row(name, a.heat_currents[i, :n], _digits) for i, name in enumerate(a.descriptions)]


def _judgement(a: Any) -> list[str]:
    columns = ("parameter", "current", "state", "0th law", "2nd law", "positive", "GKLS", "supported")
    rows = [_row("error of", columns, str, _WIDTHS)]
    for i, name in enumerate(a.descriptions):
        above = lambda x: f"{_number(x)}{'!' if x > a.allowed else ' '}"  # noqa: E731
        below = lambda x, least: f"{_number(x)}{'!' if x < -least else ' '}"  # noqa: E731
        cells = [
            f"{_number(a.small_parameter[i])} ",
            *(above(x[i]) for x in (a.current_error, a.state_error, a.zeroth_law)),
            below(a.second_law[i], a.allowed),
            below(a.least[i], PHYSICAL_TOLERANCE),
            "yes" if a.is_lindblad[i] else "no",
            "yes" if a.supported[i] else "no",
        ]
        rows.append(_row(name, cells, str, _WIDTHS))
    rows.append(
        "Parameter: small where the approximation is good. In units of the judge's current: 0th law, the current at "
        "equal temperatures; 2nd law, that from hot to cold, negative where it is broken. Positive: the least "
        f"eigenvalue. An ! marks what is beyond {_percent(a.allowed)}."
    )
    return rows


def _verdict(a: Any) -> list[str]:
    lines = []
    if a.trusted >= 0:
        name, i = a.trusted_name, int(a.trusted)
        lines += [f"Trust the {name} equation: {CANDIDATES[name].call}"]
        lines += [f"- {_agreement(a, i)}"]
        if a.least[i] < -PHYSICAL_TOLERANCE:
            lines += [f"- Its state is not positive ({_number(a.least[i])}): take no entropies from it."]
    elif a.judge == 0:
        lines += ["No master equation reaches the tolerance. Use the exact solution, which was the judge."]
    elif a.judge == 1:
        lines += ["No master equation can be trusted here: even the judge is too uncertain, or breaks a law."]
    else:
        lines += ["No description has a steady state here."]
    best = a.descriptions[int(a.most_accurate)] if a.trusted < 0 <= a.most_accurate else None
    if best is not None:
        lines += [f"- The least bad: {CANDIDATES[best].call}. {_agreement(a, int(a.most_accurate))}"]
    preferred = PREFERENCE[: PREFERENCE.index(a.trusted_name)] if a.trusted >= 0 else PREFERENCE
    for name in (name for name in PREFERENCE if name in a.descriptions and name != best):
        i = a.descriptions.index(name)
        worth_telling = name in preferred or name in (GLOBAL, LOCAL) or a.second_law[i] < -a.allowed
        if worth_telling and not a.supported[i] and a.judge >= 0:
            lines += [f"- Not {name}: {_failure(a, i)}."]
    if a.judge == 1 and EXACT not in dict(a.left_out):
        found_none = "no steady state, resonances too narrow to resolve, or a hierarchy truncated too low"
        lines += [f"- The exact solution has no result: {found_none}."]
    for name, reason in a.left_out:
        lines += [f"- Left out, {name}: {_sentence(reason)}"]
    return lines


def _agreement(a: Any, i: int) -> str:
    whom = "the exact ones" if a.judge == 0 else "those of the Redfield equation"
    if a.judge == 1 and a.descriptions[i] == REDFIELD:
        return f"It has no approximation but weak coupling, good to {_percent(a.uncertainty)}."
    found = f"Its currents are within {_percent(a.current_error[i])} of {whom}, its state {_percent(a.state_error[i])}."
    return found if a.judge == 0 else f"{found} Those are good to {_percent(a.uncertainty)}."


def _failure(a: Any, i: int) -> str:
    """What is worst about a description that is not supported, and the approximation to blame."""
    name, parameter = a.descriptions[i], a.small_parameter[i]
    if not np.isfinite(a.current_error[i]):
        return "it has no steady state here"
    faults = []
    if a.second_law[i] < -a.allowed:
        faults.append("it carries heat from cold to hot")
    if a.zeroth_law[i] > a.allowed:
        faults.append(f"at equal temperatures it carries {_percent(a.zeroth_law[i])} of the current")
    if a.current_error[i] > a.allowed:
        faults.append(f"its current is off by {_percent(a.current_error[i])}")
    if a.state_error[i] > a.allowed:
        faults.append(f"its state is off by {_percent(a.state_error[i])}")
    if a.least[i] < -a.allowed:
        faults.append(f"its state is not positive ({_number(a.least[i])})")
    cause = ""
    if name in (GLOBAL, PARTIAL) and parameter > _NOTICED:
        cause = f"; it drops terms of {_percent(parameter)} of the splitting they turn with"
    return ", ".join(faults or ["the judge is too uncertain"]) + cause


def _row(name: str, cells: Collection[Any], show: Callable[[Any], str] | None = None, widths: Any = None) -> str:
    widths = widths or (13,) * len(cells)
    shown = (f"{(show or _number)(x)[: w - 1]:>{w}}" for x, w in zip(cells, widths, strict=True))
    return f"{name:<{_NAME}}" + "".join(shown)


def _number(x: Any) -> str:
    return "-" if np.isnan(x) else f"{x:.2g}"


def _digits(x: Any) -> str:
    return "no result" if np.isnan(x) else f"{x:.4e}"


def _percent(x: Any) -> str:
    if not np.isfinite(x):
        return "more than anything"
    return f"{100 * x:.2g} %" if x < 0.995 else f"{100 * x:.0f} %" if x < 10 else f"a factor of {x:.2g}"


def _sentence(reason: str) -> str:
    return reason.split(". ")[0].rstrip(".") + "."
