"""To and from QuTiP 5: operators, states, superoperators and environments. Needs `pip install 'qtjax[qutip]'`.

Basis: the first state of a qubit is the excited one in both, `qutip.basis(2, 0)` is qtjax's |1> and
sigma_z = diag(1, -1); number states count up from |0> in both. No element changes its place.

Superoperators: QuTiP stacks the columns of a density matrix, qtjax its rows. The element from kl to ij here is the
one from lk to ji there.

Environments: both have H_SB = S (x) B with the same B,

    <B(t) B(0)> = (1/pi) int_0^inf J(w) [coth(w/2T) cos(wt) - i sin(wt)] dw,

hence power_spectrum(w) = 2 J(w) (1 + n(w)) = density.rate(w, T), without a further 2 or pi. QuTiP sets J(w < 0) = 0
where qtjax continues it as an odd function; it knows no counterterm.
"""

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ._checks import check_dims, check_values, shown
from ._typing import Scalar, as_real
from .baths import Bath, OpenSystem
from .generators import Liouvillian
from .hamiltonians import FiniteHamiltonian
from .spectral_densities import AbstractSpectralDensity, Drude, Ohmic
from .states import DensityMatrix


def from_qutip(obj: Any) -> Any:
    """What a QuTiP 5 object is here; the type decides, never the values.

        ket or bra            the `qt.DensityMatrix` of that pure state, with its dims
        operator              its (d, d) array. QuTiP does not tell a density matrix from any other operator: write
                              `qt.DensityMatrix(qt.from_qutip(rho), dims=rho.dims[0])`
        operator-ket          the (d, d) array of the operator that it stacks
        superoperator         its (d^2, d^2) array on rows stacked, the convention of `qt.Liouvillian.matrix`
        bosonic environment   (spectral density, temperature), so that `qt.Bath(S, *qt.from_qutip(environment))`

    An array without any imaginary part comes back real. Environments:

        DrudeLorentzEnvironment(T, lam, gamma)     2 lam gamma w / (gamma^2 + w^2) = qt.Drude(2 lam / gamma, gamma): lam
                                                   is the reorganisation Q
        OhmicEnvironment(T, alpha, wc, s)          alpha w^s wc^(1-s) exp(-w/wc) = qt.Ohmic(alpha, wc, exponent=s)
        UnderDampedEnvironment(T, lam, gamma, w0)  lam^2 gamma w / ((w0^2 - w^2)^2 + gamma^2 w^2): Q = lam^2 / (2 w0^2)
        any other                                  its `spectral_density`, called back from compiled code at every
                                                   frequency: slow, and its derivatives are difference quotients

    Raises ImportError without QuTiP, and ValueError for an environment without temperature and for other objects.
    """
    qutip = _qutip()
    if isinstance(obj, qutip.BosonicEnvironment):
        return _density_of(obj, qutip), _temperature_of(obj)
    if not isinstance(obj, qutip.Qobj):
        raise ValueError(f"`from_qutip` takes a Qobj or a bosonic environment of QuTiP 5, but got {shown(obj)}.")
    if obj.isket or obj.isbra:
        return DensityMatrix(_array(obj.proj()), dims=_sites(obj.dims[0] if obj.isket else obj.dims[1]))
    if obj.isoperket:
        return _array(qutip.vector_to_operator(obj))
    if obj.issuper:
        return _restacked(_array(qutip.to_super(obj)))
    if obj.isoper:
        return _array(obj)
    raise ValueError(
        f"`from_qutip` takes kets, bras, operators and superoperators, but got a Qobj of type {obj.type!r}."
    )


def to_qutip(obj: Any, *, dims: Any = None, temperature: ArrayLike | None = None) -> Any:
    """What an object of qtjax is in QuTiP 5.

        (d, d) array       an operator on sites of dimensions `dims` (default: one site)
        DensityMatrix, FiniteHamiltonian
                           an operator, with their dims
        Liouvillian        a superoperator, on columns stacked
        spectral density   the environment at `temperature`: DrudeLorentz (lam = strength cutoff / 2, gamma = cutoff),
                           Ohmic (alpha = strength, wc = cutoff, s = exponent), UnderDamped, else one made of the
                           power spectrum density.rate(w, T)
        Bath               (coupling operator on `dims`, environment), an element of QuTiP's a_ops
        OpenSystem         (H, a_ops), so that

            qutip.bloch_redfield_tensor(*qt.to_qutip(system), sec_cutoff=-1, fock_basis=True)

    is `qt.to_qutip(qt.redfield_equation()(system))`; neither has a Lamb shift. That holds where the couplings have
    real elements between the levels: QuTiP 5.3.1 confuses rows with columns on the way from its eigenbasis, which
    for others transposes the coupling; with fock_basis=False it turns the Hamiltonian part the wrong way round.

    Raises ImportError without QuTiP, and ValueError for a network, for a stack of states or baths, and where
    `dims` or `temperature` is missing or does not belong.
    """
    qutip = _qutip()
    if (temperature is not None) != isinstance(obj, AbstractSpectralDensity):
        raise ValueError("`temperature` must be given with a spectral density, and with nothing else.")
    if dims is not None and isinstance(
        obj, (AbstractSpectralDensity, DensityMatrix, FiniteHamiltonian, Liouvillian, OpenSystem)
    ):
        raise ValueError(f"`dims` belongs to an array or a bath; a {type(obj).__name__} needs none.")
    match obj:
        case AbstractSpectralDensity():
            return _environment(obj, temperature, qutip)
        case OpenSystem(hamiltonian=FiniteHamiltonian() as hamiltonian):
            a_ops = [_coupled(bath, hamiltonian.dims, qutip) for stack in obj.stacks() for bath in _singles(stack)]
            return _operator(hamiltonian.matrix, hamiltonian.dims, qutip), a_ops
        case Bath():
            return _coupled(obj, dims, qutip)
        case DensityMatrix() | FiniteHamiltonian():
            return _operator(obj.matrix, obj.dims, qutip)
        case Liouvillian():
            sites = [list(obj.dims)] * 2
            return qutip.Qobj(np.asarray(_restacked(obj.matrix)), dims=[sites, sites], superrep="super")
        case jax.Array() | np.ndarray():
            return _operator(obj, dims, qutip)
    raise ValueError(
        "`to_qutip` takes a finite system, its Hamiltonian, states and dynamics, a bath, a spectral density or a "
        f"(d, d) array, but got {shown(obj)}."
    )


class _UnderDamped(AbstractSpectralDensity):
    """strength^2 width w / ((resonance^2 - w^2)^2 + width^2 w^2), QuTiP's UnderDampedEnvironment.

    The bath is one damped oscillator: chi(w) = strength^2 / (resonance^2 - w^2 - i width w).
    """

    strength: Float[Array, "*baths"] = eqx.field(converter=as_real)
    width: Float[Array, "*baths"] = eqx.field(converter=as_real)
    resonance: Float[Array, "*baths"] = eqx.field(converter=as_real)

    def __check_init__(self) -> None:
        check_values(self.width, "width of an underdamped density", positive=True)
        check_values(self.resonance, "resonance of an underdamped density", positive=True)

    def _distance(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """abs(strength^2 / chi(w))^2."""
        w = jnp.asarray(frequency, float)
        return ((self.resonance - w) * (self.resonance + w)) ** 2 + (self.width * w) ** 2

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return jnp.asarray(frequency) * self.slope(frequency)

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w."""
        return self.strength**2 * self.width / self._distance(frequency)

    def reorganisation(self) -> Scalar:
        """Q = strength^2 / (2 resonance^2)."""
        return self.strength**2 / (2 * self.resonance**2)

    def lag(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """2 Q - Re chi(w)."""
        square = jnp.asarray(frequency, float) ** 2
        excess = square - self.resonance**2 + self.width**2
        return 2 * self.reorganisation() * square * excess / self._distance(frequency)


class _Called(AbstractSpectralDensity):
    """The spectral density of any other QuTiP environment, called back."""

    environment: Any = eqx.field(static=True)

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return _called(self.environment, jnp.asarray(frequency, float))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _called(environment: Any, frequency: Array) -> Array:
    def density(frequency: Any) -> np.ndarray:
        w = np.asarray(frequency)  # inside a callback nothing may be computed by JAX
        # J is taken as linear below 1e-5 T, where QuTiP's n(w) loses its digits. QuTiP reads the range of a Fourier
        # transform off the first and last frequency: they must be in order.
        positive, place = np.unique(np.maximum(np.abs(w), 1e-5 * environment.T + 1e-150), return_inverse=True)
        with np.errstate(all="ignore"):  # its exp(w/T) overflows
            slope = np.asarray(environment.spectral_density(positive)) / positive
        return (w * slope[place].reshape(w.shape)).astype(w.dtype)

    kind = jax.ShapeDtypeStruct(frequency.shape, frequency.dtype)
    return jax.pure_callback(density, kind, frequency, vmap_method="expand_dims")


@_called.defjvp
def _called_jvp(environment: Any, primals: Any, tangents: Any) -> tuple[Array, Array]:
    (w,), (dw,) = primals, tangents
    step = 1e-5 * jnp.abs(w) + 1e-150
    quotient = (_called(environment, w + step) - _called(environment, w - step)) / (2 * step)
    return _called(environment, w), quotient * dw


def _density_of(environment: Any, qutip: Any) -> AbstractSpectralDensity:
    match environment:
        case qutip.DrudeLorentzEnvironment(lam=lam, gamma=gamma):
            return Drude(2 * lam / gamma, gamma)
        case qutip.OhmicEnvironment(alpha=alpha, wc=wc, s=s):
            return Ohmic(alpha, wc, exponent=s)
        case qutip.UnderDampedEnvironment(lam=lam, gamma=gamma, w0=w0):
            return _UnderDamped(lam, gamma, w0)
        case qutip.BosonicEnvironment(tag=AbstractSpectralDensity() as density):
            return density  # made by `to_qutip`; and a callback must not call JAX, as its power spectrum does
    return _Called(environment)


def _temperature_of(environment: Any) -> Scalar:
    if environment.T is None:
        raise ValueError("The environment has no temperature: give it one, `T=`, where it is made.")
    return as_real(environment.T)


def _environment(density: AbstractSpectralDensity, temperature: Any, qutip: Any) -> Any:
    if np.ndim(temperature) or np.ndim(density(1.0)):
        raise ValueError("An environment is one bath: take one of the stacked baths, for instance with `jax.tree.map`.")
    t = float(temperature)
    match density:
        case Drude(cutoff=cutoff):
            return qutip.DrudeLorentzEnvironment(t, float(density.reorganisation()), float(cutoff))
        case Ohmic(strength=strength, cutoff=cutoff, exponent=exponent):
            return qutip.OhmicEnvironment(t, float(strength), float(cutoff), float(exponent))
        case _UnderDamped(strength=strength, width=width, resonance=resonance):
            return qutip.UnderDampedEnvironment(t, float(strength), float(width), float(resonance))
        case _Called(environment=environment) if t == environment.T:
            return environment
    rate = lambda w: np.asarray(density.rate(w, t))  # noqa: E731
    return qutip.BosonicEnvironment.from_power_spectrum(rate, T=t, tag=density)


def _singles(stack: Bath) -> list[Bath]:
    """The baths that a stack stands for, one by one."""
    return [jax.tree.map(lambda x, i=i: x[i], stack) for i in range(stack.temperature.shape[0])]


def _coupled(bath: Bath, dims: Any, qutip: Any) -> tuple[Any, Any]:
    coupling = _operator(bath.coupling, dims, qutip)
    return coupling, _environment(bath.spectral_density, bath.temperature, qutip)


def _operator(matrix: Any, dims: Any, qutip: Any) -> Any:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"An operator must have shape (d, d), but has shape {matrix.shape}. Convert the elements of a stack one "
            "by one."
        )
    sites = list(check_dims(dims, matrix.shape[0]))
    return qutip.Qobj(np.asarray(matrix), dims=[sites, sites])


def _array(obj: Any) -> Array:
    """The elements; real ones stay real, which halves the work."""
    matrix = obj.full()
    return jnp.asarray(matrix if matrix.imag.any() else matrix.real)


def _sites(dims: Any) -> tuple[int, ...]:
    """The dimensions of the sites of QuTiP's dims of one side, which may be nested."""
    return tuple(np.ravel(dims).tolist())


def _restacked(matrix: Array) -> Array:
    """A superoperator on stacked columns as one on stacked rows, and back."""
    d = round(matrix.shape[0] ** 0.5)
    return matrix.reshape(d, d, d, d).transpose(1, 0, 3, 2).reshape(d * d, d * d)


def _qutip() -> Any:
    try:
        import qutip
    except ImportError as error:
        raise ImportError("`from_qutip` and `to_qutip` need QuTiP 5: pip install 'qtjax[qutip]'") from error
    return qutip
