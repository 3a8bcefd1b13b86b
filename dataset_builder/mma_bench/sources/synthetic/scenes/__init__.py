"""What each class looks like: pure functions that draw one moment of a score."""
