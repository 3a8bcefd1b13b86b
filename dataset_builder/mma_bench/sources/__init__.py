"""Where clips come from: drawn by the project, or a folder of recordings."""
