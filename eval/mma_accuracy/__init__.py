"""The metric: accuracy per modality asked about, and whom a wrong answer followed. Imports nothing of the project."""
