"""Double precision, and one frugal, reproducible hypothesis profile."""

import jax

jax.config.update("jax_enable_x64", True)

from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile(
    "frugal",
    deadline=None,
    derandomize=True,
    max_examples=10,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("frugal")
