"""Choose, upload and modify clips."""
