"""Verify that clips show and play their class: a model's checks, two people's reviews, their consensus."""
