"""The metric: accuracy per modality asked about, and which modality wrong answers followed. Imports nothing of ours."""
