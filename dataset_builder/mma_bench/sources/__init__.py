"""Sources of clips: drawn ones, a folder, or a manifest with the folder of its clips."""
