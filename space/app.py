"""The Space's entry: `python app.py`."""

from pathlib import Path

if __name__ == "__main__":  # processes that read uploads import this file too
    from mma_space.entry import main

    main(Path(__file__).parent)
