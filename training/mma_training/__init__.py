"""Modality-aware tuning: adapters that learn which sense to trust."""
