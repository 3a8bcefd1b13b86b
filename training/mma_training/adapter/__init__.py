"""Write an adapter's folder: its record, card, scores and publication."""
