"""Query the base and the tuned model, and judge their answers."""
