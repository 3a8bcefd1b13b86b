"""Modality-aware tuning: train LoRA adapters that answer from the queried modality."""
