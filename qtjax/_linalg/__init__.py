"""Linear algebra with derivatives that are right at degeneracies."""

from ._batching import eigvals as eigvals, eigvalsh as eigvalsh
from ._lyapunov import (
    HermitianBasis as HermitianBasis,
    propagate as propagate,
    solve_with_probe as solve_with_probe,
)
from ._matrix_functions import (
    clustered_function as clustered_function,
    hermitian_function as hermitian_function,
    limit_derivatives as limit_derivatives,
    trace_of_function as trace_of_function,
)
from ._normal_modes import (
    NormalModes as NormalModes,
    conjugate_pair as conjugate_pair,
    symplectic_form as symplectic_form,
)
from ._solve import cholesky as cholesky, cholesky_and_least as cholesky_and_least, solve as solve
