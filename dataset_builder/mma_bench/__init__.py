"""MMA-Bench: clips whose sight, sound and text conflict, and what a multimodal model makes of them."""

__version__ = "0.1.0"
