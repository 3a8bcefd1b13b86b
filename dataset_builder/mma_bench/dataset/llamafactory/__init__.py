"""The rows to train on as a dataset for LLaMA-Factory, with the paper's recipe."""
