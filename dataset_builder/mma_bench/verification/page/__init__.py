"""Serve the review page: layout, events, HTML and server."""
