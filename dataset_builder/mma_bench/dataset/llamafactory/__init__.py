"""Export the training rows as a dataset for LLaMA-Factory, with the paper's recipe."""
