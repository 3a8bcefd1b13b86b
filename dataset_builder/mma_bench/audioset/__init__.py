"""AudioSet: choose clips from its lists, read lists that others published, and download the clips."""
