"""Choose, upload and change clips."""
