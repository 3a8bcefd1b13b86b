"""The command line: each command reads its options, calls a function of the package and prints the result."""
