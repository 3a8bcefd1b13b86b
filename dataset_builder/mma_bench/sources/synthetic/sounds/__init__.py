"""What each class sounds like: pure functions that turn a score into samples."""
