"""Write and publish an adapter's folder: weights, training record, scores and model card."""
