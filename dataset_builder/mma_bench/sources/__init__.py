"""Sources of clips: synthetic clips, a folder, or a manifest with a folder of its clips."""
