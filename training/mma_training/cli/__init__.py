"""The command line of tuning."""
