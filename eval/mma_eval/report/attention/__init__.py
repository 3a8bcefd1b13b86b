"""Build the attention section of a report."""
