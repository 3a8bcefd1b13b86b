"""What tests share: clips of every kind, made by the ffmpeg command, and the rule that CI skips nothing."""

import hashlib
import io
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from built_rows import TINY
from loopback_hub import WRITE_TOKEN, LoopbackHub
from loopback_hub.clients import clients_see
from mma_bench.audioset.fetching.fetch import WORK as FETCH_WORK
from mma_bench.builder.build import WORK as BUILD_WORK
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.cli.main import main
from opened_page import CHROMIUM
from own_environment import ENVIRONMENTS, shared_folder

# Before any Hub library is imported (ours import them late): tests reach no address but loopback.
os.environ["HF_HUB_OFFLINE"] = "1"
# Before torch is imported: the workers of a test run share the cores, and threads that wait for each other burn them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

collect_ignore = ["llamafactory_loading.py", "lmms_eval_model.py", "lmms_eval_omni.py", "lmms_eval_server.py"]
"""Scripts for foreign environments: what they import is not here."""

Make = Callable[..., Path]
MadeOnce = Callable[[str, Callable[[Path], object]], Path]
Command = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="count a skipped test as a failure (used by CI)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if item.config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real clips and lists, which cannot be committed."""
    folder = Path(os.environ.get("MMA_SHARED") or Path(__file__).parents[1] / ".." / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no shared material at {folder}; set MMA_SHARED")
    return folder


@pytest.fixture(scope="session")
def real_clips(shared: Path) -> Path:
    return shared / "data" / "clips"


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., None]:
    """Run the ffmpeg command, an implementation other than ours of most of what is tested."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("the ffmpeg command is not installed (apt-get install ffmpeg)")

    def run(*arguments: str | Path) -> None:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)

    return run


@pytest.fixture(scope="session")
def make_clip(ffmpeg: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a clip of moving bars and a tone; options go to ffmpeg, before the output's name."""
    folder = shared_folder(tmp_path_factory) / "clips"
    locks = folder.with_name("clip-locks")
    locks.mkdir(parents=True, exist_ok=True)

    def make(
        name: str, *options: str, seconds: float = 3, size: str = "160x120", rate: str = "25", tone: int = 440
    ) -> Path:
        picture = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
        sound = f"sine=frequency={tone}:sample_rate=44100:duration={seconds}"
        arguments = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *(options or H264))
        path = folder / hashlib.sha256(" ".join(arguments).encode()).hexdigest()[:12] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{path.parent.name}-{path.name}"):
            if not path.exists():
                ffmpeg(*arguments, path)
        return path

    return make


QUICK_AUDIO = ("-ac", "1", "-ar", "16000")
"""FFmpeg options for sound that takes a fifth of the usual time to encode again."""
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2")


@pytest.fixture(scope="session")
def clip(make_clip: Make) -> Path:
    """3 s of 160x120 H.264 with B-frames, AAC stereo at 44.1 kHz."""
    return make_clip("clip.mp4")


@pytest.fixture(scope="session")
def other_clip(make_clip: Make) -> Path:
    """4 s with another tone."""
    return make_clip("other.mp4", seconds=4, tone=880)


@pytest.fixture
def clip_folder(make_clip: Make, tmp_path: Path) -> Path:
    """A source: two clips in each of three classes, 2 s long."""
    folder = tmp_path / "clips of mine"  # with a space, as folders have
    for k, name in enumerate(["Bird", "Cat", "Frying food"]):
        (folder / name).mkdir(parents=True)
        for n in range(2):
            made = make_clip(f"source/{name}-{n}.mp4", seconds=2, tone=300 + 200 * k + 50 * n)
            shutil.copy(made, folder / name / f"{n}.mp4")
    return folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Make a folder at most once in a test run, whichever worker needs it first: its name, and what fills it."""

    def folder_of(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared_folder(tmp_path_factory) / "made-once" / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = folder.with_name(f"{folder.name}.made")
        with FileLock(f"{folder}.lock"):
            if not made.exists():
                make(folder)
                made.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session", autouse=True)
def _one_core() -> Iterator[None]:
    """Let builds that do not say how many processes they want take one: each takes a second to begin."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "cpu_count", lambda: 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _import_once() -> None:
    """Start the server that all worker processes are forked from with what any of them imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*BUILD_WORK, *FETCH_WORK, "mma_space.clips.uploads"])
    forkserver.ensure_running()


@pytest.fixture(scope="session", autouse=True)
def _install_in_the_background(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Install foreign environments that tests will wait for, while other tests run."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for environment in ENVIRONMENTS:
        if environment.fixture in wanted:
            threading.Thread(target=environment.install, args=(shared_folder(tmp_path_factory),), daemon=True).start()


@pytest.fixture(scope="session")
def llamafactory_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of LLaMA-Factory's environment."""
    return ENVIRONMENTS[0].install(shared_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def lmms_eval_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of lmms-eval's environment."""
    return ENVIRONMENTS[1].install(shared_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def built(made_once: MadeOnce) -> Path:
    """A complete synthetic dataset. Not to be changed."""
    return made_once("built/mma-bench", lambda out: build(BuildOptions(out=out, **TINY)))


@pytest.fixture(scope="session")
def held_out(made_once: MadeOnce) -> Path:
    """Clips of full size and length, of a seed that nothing was trained with. Not to be changed."""
    conditions = ("aligned", "misaligned", "frames_zeroed", "audio_removed")
    options = BuildOptions(splits=("test",), limit=24, seed=77, conditions=conditions, workers=2)
    return made_once("held-out/mma-bench", lambda out: build(replace(options, out=out)))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `mma-bench` in this process: its exit code and what it wrote, as of a process of its own."""

    def run(
        *arguments: str | Path, code: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = ["mma-bench", *map(str, arguments)]
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        ended: int | str | None = 0
        with monkeypatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
            patched.setattr(sys, "argv", words)
            for name, value in (env or {}).items():
                patched.setenv(name, value)
            try:
                main()
            except SystemExit as error:
                ended = error.code or 0
        said, complained = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
        assert ended == code, complained
        return subprocess.CompletedProcess(words, ended, said, complained)

    return run


@pytest.fixture
def process() -> Command:
    """Run `mma-bench` in a process of its own, for what only a process shows: signals, variables, fresh imports."""

    def run(
        *arguments: str | Path, code: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "mma_bench", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, **(env or {})},
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    """A Hub on loopback, empty."""
    with LoopbackHub(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def at_hub(hub: LoopbackHub, command: Command, tmp_path: Path) -> Command:
    """Run `mma-bench` as somebody who is logged in there; `token` is another's."""

    def run(*arguments: str | Path, code: int = 0, token: str = WRITE_TOKEN) -> subprocess.CompletedProcess[str]:
        with clients_see(hub.environment(tmp_path / "home", token=token)):
            return command(*arguments, code=code)

    return run


@pytest.fixture(scope="module")  # not longer: it keeps an event loop running in this thread
def browser() -> Iterator[Any]:
    """Chromium without a screen."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield running
        running.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.5 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)
