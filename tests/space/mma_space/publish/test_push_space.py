"""`mma-bench push space`: what is downloaded again starts by itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client
from huggingface_hub import SpaceCard

from alone import bare_environment, links_to, page_of
from conftest import Command
from loopback_hub import LoopbackHub
from mma_bench.core.errors import MMABenchError
from mma_bench.hub.publication import Target
from mma_space.publish.folder import space_publication, write_space_folder
from mma_space.settings import Settings

ROOT = Path(__file__).parents[4]
REPO = ("space", "org/mma-space")


def test_downloaded_from_the_hub_it_starts_from_the_download_alone(
    at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    said = at_hub("push", "space", "--to", "org/mma-space").stdout
    assert f"{hub.url}/spaces/org/mma-space" in said
    assert hub.repo(*REPO).sdk == "gradio"
    download = (
        "import sys; from huggingface_hub import snapshot_download\n"
        'snapshot_download("org/mma-space", repo_type="space", local_dir=sys.argv[1])'
    )
    env = {**os.environ, **hub.environment(tmp_path / "other home", token=None)}
    space = tmp_path / "space"
    subprocess.run([sys.executable, "-c", download, space], env=env, check=True, capture_output=True)
    lines = [r for r in (space / "requirements.txt").read_text().splitlines() if not r.startswith("#")]
    bare = bare_environment(links_to(lines, tmp_path / "packages"), tmp_path)
    with page_of(["app.py"], cwd=space, env=bare, log=tmp_path / "log") as (url, process):
        client = Client(url, verbose=False)
        clip = client.predict(api_name="/clips")[0]["id"]
        assert len(client.predict(clip, "misaligned", api_name="/probe")["answers"]) == 4
        assert str(ROOT / "space") not in Path(f"/proc/{process.pid}/maps").read_text()


def test_a_folder_with_settings_of_its_own_keeps_them(tmp_path: Path) -> None:
    settings = Settings("Qwen/Qwen2.5-Omni-7B", "org/mma-adapter", "org/mma-bench", metric="org/mma_accuracy")
    write_space_folder(tmp_path / "space", settings, hardware="a10g-large")
    card = SpaceCard(space_publication(tmp_path / "space", Target(id="org/mma-space"), tmp_path / "work").card)
    assert card.data["suggested_hardware"] == "a10g-large"
    assert card.data["models"] == ["Qwen/Qwen2.5-Omni-7B", "org/mma-adapter"]
    assert 'Client("org/mma-space")' in card.text


def test_what_no_space_has_stays_at_home(tmp_path: Path) -> None:
    write_space_folder(tmp_path / "space", Settings())
    (tmp_path / "space" / "mma_eval" / "secrets.toml").write_text("")
    with pytest.raises(MMABenchError, match=r"contains mma_eval/secrets\.toml, not part of a Space"):
        space_publication(tmp_path / "space", Target(id="org/mma-space"), tmp_path / "work")
