"""The list of clips that the authors publish, read whatever its fields are called."""
