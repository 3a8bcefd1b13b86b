"""Errors of training."""

from mma_bench.core.errors import MMABenchError


class ConfigError(MMABenchError):
    """A training configuration is invalid, or does not fit the dataset, the machine or the output folder."""


class TrainingError(MMABenchError):
    """Training fails, or an adapter's folder is unusable; the last complete checkpoint is kept."""
