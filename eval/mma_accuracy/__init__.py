"""Metric: accuracy per modality asked about, and the modality that wrong answers follow; standalone package."""
