"""Linear algebra with derivatives that are right at degeneracies."""

from ._batching import (
    eig as eig,
    eigh as eigh,
    eigvals as eigvals,
    eigvalsh as eigvalsh,
    largest_of_batch as largest_of_batch,
    svd as svd,
)
from ._bordered import (
    Bordered as Bordered,
    balance as balance,
    taylor_slopes as taylor_slopes,
    taylor_weights as taylor_weights,
)
from ._compensated import Pair as Pair, add as add
from ._conjugate_residuals import Solution as Solution, conjugate_residuals as conjugate_residuals
from ._continuation import (
    changes_of as changes_of,
    continuation_rule as continuation_rule,
    with_weights as with_weights,
)
from ._frames import commutator as commutator, with_derivatives_of as with_derivatives_of
from ._hermitian import (
    affine_form as affine_form,
    from_real as from_real,
    real_superoperator as real_superoperator,
    superoperator as superoperator,
    to_real as to_real,
    traceless as traceless,
    with_trace as with_trace,
)
from ._levels import Levels as Levels
from ._lyapunov import (
    HermitianBasis as HermitianBasis,
    exponential as exponential,
    probe as probe,
    propagate_modes as propagate_modes,
    solve_with_probe as solve_with_probe,
)
from ._matrix_functions import (
    clustered_function as clustered_function,
    hermitian_function as hermitian_function,
    limit_derivatives as limit_derivatives,
    limit_order as limit_order,
    trace_of_function as trace_of_function,
)
from ._modal_lyapunov import ModalLyapunov as ModalLyapunov
from ._normal_modes import (
    NormalModes as NormalModes,
    blocks as blocks,
    conjugate_pair as conjugate_pair,
    from_blocks as from_blocks,
    paired as paired,
    symplectic_form as symplectic_form,
    unpaired as unpaired,
)
from ._products import adjoint as adjoint, product as product
from ._propagation import propagated as propagated
from ._sandwich import divided_difference as divided_difference, sandwich as sandwich
from ._solve import cholesky as cholesky, cholesky_and_least as cholesky_and_least, solve as solve
from ._symmetry import block as block, halves as halves
