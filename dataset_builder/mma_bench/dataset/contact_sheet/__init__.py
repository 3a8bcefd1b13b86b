"""Draw contact sheets: images of the media and the questions of rows."""
