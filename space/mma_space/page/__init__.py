"""The page: its tabs, what happens on them, and the endpoints that do the same without a browser."""
