"""Release one version: the wheel and the folders of dataset, metric, adapter and Space."""
