"""`python -m mma_bench`."""

from mma_bench.cli import main

if __name__ == "__main__":
    main()
