"""What keeping the attention of an answer costs: memory and time by length, beside output_attentions.

A greedy answer of eight tokens behind prompts of 1,000 to 8,000 tokens, on the decoder of a mid-size random model. Each
measurement runs in a process of its own that may take 8 GB; rounds alternate, so that all see the same machine. Times
are of the processor, on one thread. What an answer behind an encoded clip costs is measured in `attention_of_answers`.
It ends with an error where an answer takes more than `WORST` times as long.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.attention_of_answers import answers
from tests.random_omni import Size, save_random_omni

SIZE = Size(hidden=512, layers=12, vision_layers=1, audio_layers=1)
LENGTHS = (1000, 2000, 4000, 8000)
SAID = 8
ROUNDS = 3
WORST = 1.2
LIMIT = 8 << 30
WAYS: Mapping[str, str] = {"plain": "sdpa", "kept rows": "sdpa", "output_attentions": "eager"}
"""What is measured, with the attention implementation that it takes."""
Figures = Mapping[str, float]


def run() -> None:
    print(f"\n## The attention of {SAID} answer tokens: kept rows against output_attentions, within 8 GB\n")
    with tempfile.TemporaryDirectory() as name:
        folder = save_random_omni(Path(name) / "model", "qwen2_5_omni", size=SIZE)
        worst: list[float] = []
        print("| prompt, tokens | | answer, s | ratio | longest pass, s | ratio | memory above the weights, MB |")
        print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
        for length in LENGTHS:
            found: dict[str, list[Figures]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way in WAYS:
                    found[way] += _measured(way, length, folder) or []
            _print(length, found)
            worst.append(_ratio(found, "answer"))
        slow = answers(folder)
    if max(*worst, slow) > WORST:
        sys.exit(f"kept rows take {max(*worst, slow):.2f} times as long as a plain answer; expected {WORST} at most")


def _print(length: int, found: Mapping[str, Sequence[Figures]]) -> None:
    plain = {name: _median(found["plain"], name) for name in ("answer", "prompt")}
    for way, rounds in found.items():
        if not rounds:
            print(f"| {length:,} | {way} | out of memory | | | | |", flush=True)
            continue
        answer, prompt, memory = (_median(rounds, name) for name in ("answer", "prompt", "memory"))
        whole, first = answer / plain["answer"], prompt / plain["prompt"]
        cells = f"{answer:.2f} | {whole:.2f}x | {prompt:.2f} | {first:.2f}x | {memory:,.0f}"
        print(f"| {length:,} | {way} | {cells} |", flush=True)


def _ratio(found: Mapping[str, Sequence[Figures]], name: str) -> float:
    return _median(found["kept rows"], name) / _median(found["plain"], name)


def _median(rounds: Sequence[Figures], name: str) -> float:
    return statistics.median(figures[name] for figures in rounds)


def _measured(way: str, length: int, folder: Path) -> list[Figures]:
    """Empty where the memory does not suffice."""
    command = [sys.executable, "-m", "tests.benchmarks.attention", way, str(length), str(folder)]
    # What is freed goes back at once; else gaps that the allocator leaves would be measured.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "262144"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        assert "can't allocate memory" in done.stderr or "MemoryError" in done.stderr, done.stderr
        return []
    return [json.loads(done.stdout.splitlines()[-1])]


def _one(way: str, length: int, folder: Path) -> Figures:
    import numpy as np
    import torch
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration

    from mma_eval.attention.capture import capture_attention

    torch.set_num_threads(1)
    torch.manual_seed(0)
    thinker = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(folder, attn_implementation=WAYS[way]).eval()
    prompt = torch.randint(20, 300, (1, length))
    modalities = np.arange(length, dtype=np.int8) % 3
    with torch.inference_mode():
        _answer(thinker, prompt[:, :64])  # what is made at the first call is no part of it
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of loading
        before, began = _status("VmRSS"), time.process_time()
        if way == "kept rows":
            with capture_attention(thinker, modalities) as kept:
                pass_seconds = _answer(thinker, prompt)
            kept.shares(SAID), kept.last_layer(SAID)
        else:
            pass_seconds = _answer(thinker, prompt, output_attentions=way == "output_attentions")
        seconds = time.process_time() - began
    return {"answer": seconds, "prompt": pass_seconds, "memory": _status("VmHWM") - before}


def _answer(thinker: Any, prompt: Any, **more: bool) -> float:
    """Say `SAID` tokens; seconds of the pass over the prompt."""
    from transformers import DynamicCache

    cache, step, first, held = DynamicCache(config=thinker.config.get_text_config()), prompt, 0.0, []
    for number in range(SAID):
        began = time.process_time()
        found = thinker.model(input_ids=step, past_key_values=cache, use_cache=True, **more)
        first = time.process_time() - began if number == 0 else first
        held += [layer[:, :, -1] for layer in found.attentions or ()]
        step = thinker.lm_head(found.last_hidden_state[:, -1]).argmax(-1, keepdim=True)
    return first


def _status(name: str) -> float:
    """Of this process, in MB."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
