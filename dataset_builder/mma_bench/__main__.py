"""Run the command line with `python -m mma_bench`."""

from mma_bench.cli.main import main

if __name__ == "__main__":
    main()
