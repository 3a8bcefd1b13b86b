"""Read the list of clips that the authors publish, whatever its field names."""
