"""Errors, files, records, work folders, processes and signals. Imports no other subpackage."""
