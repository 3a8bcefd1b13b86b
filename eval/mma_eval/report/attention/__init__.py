"""The attention section of a report."""
