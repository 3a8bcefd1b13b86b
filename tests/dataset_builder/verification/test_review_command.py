"""`mma-bench review` if there is nothing to show."""

import subprocess
import sys

from tests.dataset_builder.verification.conftest import Place


def test_without_gradio_it_says_what_to_install(place: Place) -> None:
    code = (
        "import sys; sys.modules['gradio'] = None  # as where it is not installed\n"
        "sys.argv = ['mma-bench', 'review', 'checks.parquet', '--annotator', 'anna']\n"
        "from mma_bench.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=place.folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install 'mma-bench[review]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_wrong_is_one_message(place: Place, command) -> None:
    said = command("review", place.folder / "nothing.parquet", "--annotator", "anna", code=1).stderr
    assert said.startswith("error: ")
    assert "nothing.parquet: no such file" in said
    assert (
        "--annotator '../anna': not usable as a file name"
        in command("review", place.checks, "--annotator", "../anna", code=1).stderr
    )


def test_as_a_function_it_leaves_the_process_as_it_was(place: Place) -> None:
    code = (
        "import os, signal, threading\n"
        "from pathlib import Path\n"
        "from mma_bench.verification.options import ReviewOptions\n"
        "from mma_bench.verification.page.review import review\n"
        "os.environ['GRADIO_TEMP_DIR'] = 'mine'\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored\n"
        "before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]\n"
        "end = lambda session, url: threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "review(ReviewOptions(checks=Path('checks.parquet'), annotator='anna', port=0), on_start=end)\n"
        "assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before\n"
        "assert os.environ['GRADIO_TEMP_DIR'] == 'mine'\n"
        "try: signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt: print('Ctrl-C is back')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=place.folder, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1:] == ["Ctrl-C is back"], done.stderr
