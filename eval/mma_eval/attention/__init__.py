"""Inside the model: where attention goes, and where a conflict is decided (paper, section 4.2 and 5.2.1)."""
