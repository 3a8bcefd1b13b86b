"""Build a dataset: validate clips, plan rows, write shards, describe them, publish the folder."""
