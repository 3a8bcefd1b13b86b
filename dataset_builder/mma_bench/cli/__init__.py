"""The subcommands: options in, a function of the package called, what it did printed."""
