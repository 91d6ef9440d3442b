"""Claims of Levy and Kosloff 2014 about correlations and entanglement between the nodes."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._comparison import moments, solve
from ._formulas import Pair
from ._systems import ended_two_levels, fig3, fig4, oscillators, two_levels


def _cor(covariance: np.ndarray) -> np.ndarray:
    """cor(x_A, x_B), cor(x_A, p_B), cor(p_A, x_B), cor(p_A, p_B) of Eq. 17, shape (points, 4)."""
    spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    normal = covariance / spread[:, :, None] / spread[:, None, :]
    return normal[:, :2, 2:].reshape(-1, 4)


@jax.jit
def _information(covariances: jax.Array) -> jax.Array:
    state = lambda v: qt.GaussianState(jnp.zeros(4), v)  # noqa: E731
    return jax.lax.map(lambda v: qt.mutual_information(state(v), 0, 1), covariances)


def node_correlations(quick: bool) -> list[Claim]:
    """Sec. IV and Appendix C: correlations between the quadratures of the nodes."""
    eps = np.array([0.1, 3.0])
    off = {name: _cor(solve(name, fig3, eps).covariance) for name in ("local", "global")}
    on = {name: _cor(solve(name, fig4, 5.0, 1e-6).covariance)[0] for name in ("local", "global")}
    many = np.geomspace(1e-2, 7.0, 16 if quick else 64)
    found = {name: solve(name, fig3, many).covariance for name in ("local", "global")}
    information = {name: np.asarray(_information(jnp.asarray(v))) for name, v in found.items()}
    excess = information["local"] - information["global"]
    first = moments(found["local"])
    mixed = float(np.abs(first.y / first.x).max())
    g_h, g_c = Pair(0.0).widths((10.0, 5.0))
    within = abs(off["local"][0, 0] / off["global"][0, 0] - 1)
    zero = float(np.abs(off["global"][:, 1:3]).max())
    return [
        Claim(
            "cor(x_A, x_B), cor(p_A, p_B) (Sec. IV)",
            "equal in both approaches for small eps",
            f"Fig. 3, eps = 0.1: {off['local'][0, 0]:.4e} local, {off['global'][0, 0]:.4e} global; on resonance "
            f"(eps = 1e-6, kappa = 1e-7) {on['local'][0]:.1e} and {on['global'][0]:.1e}",
            verdict(
                within < 0.01 and abs(on["local"][0] - on["global"][0]) < 0.01 * abs(on["global"][0]), within < 0.01
            ),
        ),
        Claim(
            "cor(x_A, p_B), cor(p_A, x_B) (Sec. IV)",
            "finite in the local, zero in the global approach",
            f"Fig. 3, eps = 0.1: {numbers(off['local'][0, 1:3], 5)} local; <= {zero:.0e} global; on resonance "
            f"{on['local'][1]:.2g} local",
            verdict(abs(off["local"][0, 1]) > 1e-6 and zero < 1e-15),
        ),
        Claim(
            "Over-correlation (Sec. IV)",
            "the local nodes are over-correlated, as they have two correlations more",
            f"these are (G_h + G_c)/2D = {(g_h + g_c) / 10:.4f} ({mixed:.4f}) of the others, and cor(x_A, x_B) is "
            f"smaller: {off['local'][1, 0]:.3f} local, {off['global'][1, 0]:.3f} global at eps = 3. Mutual "
            f"information, local - global: {excess.max():.1e} at most, {excess.min():.2g} at least, for 0.01 < eps < 7",
            verdict(bool(np.all(excess > 0)), bool(np.any(excess > 0))),
        ),
    ]


def _random(count: int, upper: float) -> list[np.ndarray]:
    """Columns (eps, w_h, w_c, T_h, T_c, kappa_h, kappa_c); eps up to `upper` x sqrt(w_h w_c), cold baths included."""
    random = np.random.default_rng(2014)

    def between(low: float, high: float) -> np.ndarray:
        return np.exp(random.uniform(np.log(low), np.log(high), count))

    w_h, w_c, t_h, t_c, kappa_h, kappa_c = (
        between(0.5, 10),
        between(0.5, 10),
        between(0.1, 20),
        between(0.05, 20),
        between(1e-6, 1e-2),
        between(1e-6, 1e-2),
    )
    return [between(1e-3, upper) * np.sqrt(w_h * w_c), w_h, w_c, t_h, t_c, kappa_h, kappa_c]


def _unequal(medium: Callable[..., qt.OpenSystem]) -> Callable[..., qt.OpenSystem]:
    return lambda *row: medium(*row[:5], jnp.stack(row[5:]))


def _partial_transpose(covariance: np.ndarray) -> np.ndarray:
    """The smallest symplectic eigenvalue of the partial transpose: separable where it is at least 1/2."""
    flipped = covariance * np.outer([1, 1, 1, -1], [1, 1, 1, -1])
    omega = np.kron(np.eye(2), [[0, 1], [-1, 0]])
    return np.abs(np.linalg.eigvals(omega @ flipped)).min(axis=1)


@jax.jit
def _concurrences(matrices: jax.Array) -> jax.Array:
    return jax.lax.map(lambda m: qt.concurrence(qt.DensityMatrix(m, dims=(2, 2))), matrices)


def entanglement(quick: bool) -> list[Claim]:
    """End of Sec. IV: no entanglement in the steady state."""
    count = 256 if quick else 1024
    columns = _random(count, 0.98)
    least = {
        name: float(_partial_transpose(solve(name, _unequal(oscillators), *columns).covariance).min())
        for name in ("local", "global")
    }
    columns = _random(count, 5.0)
    lower = columns[1] * columns[2] - columns[0] ** 2  # the sign of w_-
    matrices = {name: solve(name, _unequal(two_levels), *columns).matrix for name in ("local", "global")}
    tangled = {name: np.asarray(_concurrences(jnp.asarray(m))) for name, m in matrices.items()}
    point = (3.7e-3, 2.0, 2.0, 18.0, 0.14, 1.5e-5, 3e-3)
    resonant = jnp.asarray(solve("local", _unequal(two_levels), *point).matrix)
    concurrence = float(_concurrences(resonant)[0])
    transposed = np.asarray(resonant[0]).reshape(2, 2, 2, 2).transpose(0, 3, 2, 1).reshape(4, 4)
    negative = float(np.linalg.eigvalsh(transposed)[0])
    strong = (10.0, 10.0, 5.0, 3.0, 2.0, 1e-5)  # eps > sqrt(w_h w_c): a ground state with one quantum
    exact, whole = (
        float(_concurrences(jnp.asarray(solve(name, ended_two_levels, *strong).matrix))[0])
        for name in ("exact", "global")
    )
    usual = float(_concurrences(jnp.asarray(solve("local", lambda e: fig3(e, two_levels), 0.5).matrix))[0])
    best = [np.nanmax(np.where(lower > 0, c, 0)) for c in tangled.values()]
    return [
        Claim(
            "Entanglement of oscillators (Sec. IV, Appendix C)",
            "the steady state is separable in both approaches",
            f"smallest symplectic eigenvalue of the partial transpose in {count} random networks: 1/2 "
            f"{least['local'] - 0.5:+.0e} (local), 1/2 {least['global'] - 0.5:+.0e} (global)",
            verdict(min(least.values()) > 0.5 - 1e-9),
        ),
        Claim(
            "Entanglement of two-level nodes (Sec. IV)",
            "none of the approaches generates entanglement (the proof is for oscillators)",
            f"Fig. 3, eps = 0.5: concurrence {usual:.2g}. But local: {concurrence:.4f} (partial transpose: eigenvalue "
            f"{negative:.2e}) at w = (2, 2), T = (18, 0.14), eps = 3.7e-3, kappa = (1.5e-5, 3e-3); best of "
            f"{count} random networks with w_- > 0: {best[0]:.3f} local, {best[1]:.3f} global; with w_- < 0 "
            f"{np.nanmax(np.where(lower < 0, tangled['global'], 0)):.3f} global. Exact (hierarchical equations): "
            f"{exact:.3f} at w = (10, 5), eps = 10, T = (3, 2), kappa = 1e-5, where the global one is {whole:.3f}",
            verdict(max(concurrence, exact, *best) < 1e-9),
        ),
    ]
