"""Query the base model and the tuned model, and judge their answers."""
