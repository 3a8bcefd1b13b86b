"""Train: the adapter, the loss, the Trainer, validation and checkpoints."""
