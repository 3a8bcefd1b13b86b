"""What tuning raises on purpose."""

from __future__ import annotations

from mma_bench.core.errors import MMABenchError


class ConfigError(MMABenchError):
    """A configuration says something that cannot be done."""


class TrainingError(MMABenchError):
    """Training cannot go on; the last good checkpoint stays."""
