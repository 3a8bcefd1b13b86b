"""Errors of training."""

from __future__ import annotations

from mma_bench.core.errors import MMABenchError


class ConfigError(MMABenchError):
    """A configuration has faults, or does not suit the dataset, the machine or the output folder."""


class TrainingError(MMABenchError):
    """A training or an adapter's folder cannot be used further; the last good checkpoint stays."""
