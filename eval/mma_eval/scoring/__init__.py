"""Score predictions: rates, intervals and comparisons."""
