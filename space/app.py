"""The Space's entry: `python app.py`. The variables that it reads (MMA_MODEL, ...) are listed in mma_space.settings."""

if __name__ == "__main__":  # processes that read uploads import this file too
    import json
    import os
    import sys
    from pathlib import Path

    import mma_space.lent_gpu  # noqa: F401  (before torch)
    from mma_bench.errors import MMABenchError
    from mma_space.serve import serve
    from mma_space.settings import CHOSEN, for_this_machine, settings_of

    chosen = Path(__file__).with_name(CHOSEN)
    variables = json.loads(chosen.read_text(encoding="utf-8")) if chosen.exists() else {}
    try:
        settings, notice = for_this_machine(settings_of({**variables, **os.environ}))
        serve(settings, notice=notice, tell=lambda address: print(address, flush=True))  # noqa: T201
    except MMABenchError as error:
        sys.exit(f"error: {error}")
