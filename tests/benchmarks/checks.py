"""The checks of a clip with each stream encoded once, against each of its three media encoded for itself."""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.prefix import MID, PIXELS
from tests.random_omni import FAMILIES, save_random_omni

from mma_bench.manifest.clips import ManifestClip
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing
from mma_eval.checks.media import Medium, media_of
from mma_eval.checks.plan import MEDIA, questions_about
from mma_eval.model import Clip
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model

CLIPS, ROUNDS = 3, 3
Media = Sequence[tuple[ManifestClip, Mapping[Medium, Clip]]]


def run() -> None:
    import torch

    torch.set_num_threads(1)
    print(
        f"\n## Eight questions about each of {CLIPS} clips in three media: streams encoded once against each medium\n"
    )
    print("| model | shared, s | each medium, s | ratio | same answers |")
    print("| --- | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        media = _media(Path(folder))
        print(_row("tiny-omni", "tiny-omni", media, {}), flush=True)
        for family in sorted(FAMILIES):
            checkpoint = save_random_omni(Path(folder) / family, family, size=MID)
            pixels = {"min_pixels": PIXELS[family], "max_pixels": PIXELS[family], "max_new_tokens": 1}
            print(_row(family, str(checkpoint), media, pixels), flush=True)


def _media(folder: Path) -> Media:
    made = []
    for index, name in enumerate(CLASSES[:CLIPS]):
        file = folder / f"{name}.mp4"
        file.write_bytes(Drawing(name, "test", 0, index).render())
        made.append((ManifestClip(name, name, "test", 0.0, 10.0, url="https://example.org"), media_of(file, name)))
    return made


def _row(title: str, name: str, media: Media, options: Mapping[str, int]) -> str:
    model = resolve_model(name, options)
    assert isinstance(model, OmniModel)
    model.load()
    apart = [(clip, {m: replace(of, video_key=None, audio_key=None) for m, of in each.items()}) for clip, each in media]
    shared, alone, same = [], [], True
    for _ in range(ROUNDS):  # in turn, so that both see the same machine
        model._clear_encodings()
        (took, said), (took_apart, said_apart) = _asked(model, media), _asked(model, apart)
        shared.append(took)
        alone.append(took_apart)
        same = same and said == said_apart
    ours, theirs = statistics.median(shared), statistics.median(alone)
    return f"| {title} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f}x | {same} |"


def _asked(model: OmniModel, media: Media) -> tuple[float, list[str | None]]:
    """Seconds of answering, preparation aside: that is done ahead, in threads; and what was said."""
    prepared = [
        (model.prepare(each[medium]), [a.question for a in questions_about(medium, clip, "Zither", "0" * 64)])
        for clip, each in media
        for medium in MEDIA
    ]
    began = time.perf_counter()
    said = [answer.text for clip, questions in prepared for answer in model.answer(clip, questions)]
    return time.perf_counter() - began, said
