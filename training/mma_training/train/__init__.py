"""Train a LoRA adapter: loss, Trainer, validation and checkpoints."""
