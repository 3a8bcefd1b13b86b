"""Verify that clips show and play their class: model checks, reviews by two annotators, and their consensus."""
