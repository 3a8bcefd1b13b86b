"""Running models on the benchmark."""
