"""What a training leaves behind: an adapter folder, its card, its scores, its publication."""
