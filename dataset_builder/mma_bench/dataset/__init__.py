"""A built dataset: read its rows, draw them, write them in other formats."""
