"""The command line of the evaluation, one file per command."""
