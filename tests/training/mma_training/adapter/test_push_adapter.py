"""`mma-bench push adapter`: what `PeftModel.from_pretrained` gets."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from safetensors import safe_open

from conftest import Command
from loopback_hub import LoopbackHub
from mma_bench.core.errors import MMABenchError
from mma_bench.hub.publication import Target
from mma_eval.resolve import WEIGHTS
from mma_training.adapter.folder import adapter_publication

REPO = ("model", "org/mma-adapter")


def test_its_cards_snippet_loads_it_from_the_hub(at_hub: Command, hub: LoopbackHub, tmp_path: Path) -> None:
    said = at_hub("push", "adapter", "tiny-omni-mma", "--to", "org/mma-adapter").stdout
    assert 'PeftModel.from_pretrained(model, "org/mma-adapter")' in said
    assert "mma-bench eval --model tiny-omni --adapter org/mma-adapter" in said
    there = hub.repo(*REPO).files()
    card = ModelCard(there["README.md"].decode())
    assert (card.data.license, card.data.library_name) == ("apache-2.0", "peft")

    (snippet,) = re.findall(r"```python\n(.*?)```", card.text, re.DOTALL)
    name = "base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A"
    snippet += f"\nprint(float(dict(model.named_parameters())['{name}.default.weight'].sum()))"
    env = {**os.environ, **hub.environment(tmp_path / "other home", token=None)}
    done = subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with safe_open(WEIGHTS / "tiny-omni-mma" / "adapter_model.safetensors", framework="pt") as file:
        expected = float(file.get_tensor(f"{name}.weight").sum())
    assert float(done.stdout) == pytest.approx(expected, rel=1e-5)


def test_a_model_is_asked_with_it_on_a_published_dataset(
    built: Path, at_hub: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hub("push", "adapter", "tiny-omni-mma", "--to", "org/mma-adapter")
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    monkeypatch.chdir(tmp_path)
    at_hub("eval", "--model", "tiny-omni", "--adapter", "org/mma-adapter", "--data", "org/mma-bench",
           "--conditions", "misaligned", "--out", "run")  # fmt: skip
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["model"]["adapter"]["name"] == "mma-adapter"
    assert record["data"]["digest"] == json.loads((built / "build.json").read_text())["dataset_digest"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda folder: (folder / "optimizer.pt").write_bytes(b"x"), r"contains optimizer\.pt, not part of an adapter"),
        (lambda folder: (folder / "adapter_model.bin").write_bytes(b"x"), r"contains adapter_model\.bin, not part"),
        (
            lambda folder: (folder / "training.json").unlink(),
            r"no training\.json; expected a folder written by a finished",
        ),
        (lambda folder: _base(folder, folder), r"the base is a local path \(.*\), which others"),
    ],
)
def test_what_no_adapter_has_stays_at_home(tmp_path: Path, change: Callable[[Path], object], reason: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(WEIGHTS / "tiny-omni-mma", copy)
    change(copy)
    with pytest.raises(MMABenchError, match=reason):
        adapter_publication(str(copy), Target(id="org/mma-adapter"))


def _base(folder: Path, base: Path) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": str(base)}))
