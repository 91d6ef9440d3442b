"""Linear algebra with derivatives that are right at degeneracies."""

from ._batching import eigvals as eigvals
from ._batching import eigvalsh as eigvalsh
from ._lyapunov import (
    HermitianBasis as HermitianBasis,
)
from ._lyapunov import (
    propagate as propagate,
)
from ._lyapunov import (
    solve_with_probe as solve_with_probe,
)
from ._matrix_functions import (
    clustered_function as clustered_function,
)
from ._matrix_functions import (
    hermitian_function as hermitian_function,
)
from ._matrix_functions import (
    limit_derivatives as limit_derivatives,
)
from ._matrix_functions import (
    trace_of_function as trace_of_function,
)
from ._normal_modes import (
    NormalModes as NormalModes,
)
from ._normal_modes import (
    conjugate_pair as conjugate_pair,
)
from ._normal_modes import (
    symplectic_form as symplectic_form,
)
from ._solve import cholesky as cholesky
from ._solve import solve as solve
