"""Compare what the commands write with what another version of the project wrote."""
