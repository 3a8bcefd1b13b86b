"""The page of a review: its layout, its events, its HTML, and the server."""
