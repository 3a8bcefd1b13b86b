"""Which clips show and play what their class says: a model's checks, two people's reviews, their consensus."""
