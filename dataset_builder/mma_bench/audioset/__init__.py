"""Choose clips from AudioSet's lists, import published lists, and download the clips."""
