"""The page of a review: what is on it, what happens on it, and how it is served."""
