"""Train an adapter: LoRA, loss, Trainer, validation and checkpoints."""
