"""The section of a report on attention."""
