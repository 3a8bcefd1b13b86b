"""A video or audio stream that several clips share is encoded once, without a trace in the answers."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mma_bench.sources.synthetic.drawing import Drawing
from mma_eval.checks.media import Medium, media_of
from mma_eval.checks.plan import MEDIA
from mma_eval.model import Clip, Question
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from random_omni import FAMILIES, save_random_omni

QUESTIONS = [
    Question(f"{prompt}", prompt, "plain", 0, text, ("No", "Yes"))  # type: ignore[arg-type]
    for prompt, text in (("visual", "Is the Bell clearly visible?"), ("audio", "Is the sound of Rain audible?"))
]
Media = list[Mapping[Medium, Clip]]


@pytest.fixture(scope="module", params=[*sorted(FAMILIES), "tiny-omni"])
def omni(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OmniModel:
    if request.param == "tiny-omni":
        model = resolve_model("tiny-omni")
    else:
        folder = save_random_omni(tmp_path_factory.mktemp("omni") / request.param, request.param)
        model = resolve_model(str(folder), {"max_new_tokens": 6, "min_pixels": 64 * 64, "max_pixels": 96 * 96})
    assert isinstance(model, OmniModel)
    model.load()
    return model


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Make three media from each of two clips."""
    folder, found = tmp_path_factory.mktemp("clips"), []
    for index, name in enumerate(("Bell", "Rain")):
        (folder / f"{name}.mp4").write_bytes(Drawing(name, "test", 3, index, 96, 4.0).render())
        found.append(media_of(folder / f"{name}.mp4", name))
    return found


@contextmanager
def counting(omni: OmniModel) -> Iterator[Counter[str]]:
    """Count the runs of each encoder while the block runs."""
    counts: Counter[str] = Counter()
    encoders = {"video": omni.thinker.model.visual, "audio": omni.thinker.model.audio_tower}
    hooks = [
        encoder.register_forward_hook(lambda *_, name=name: counts.update([name])) for name, encoder in encoders.items()
    ]
    try:
        yield counts
    finally:
        for hook in hooks:
            hook.remove()


def unshared(clip: Clip) -> Clip:
    return replace(clip, video_key=None, audio_key=None)


def said(omni: OmniModel, media: Media, change: Callable[[Clip], Clip] = lambda clip: clip) -> list[str | None]:
    clips = [change(of[medium]) for of in media for medium in MEDIA]
    return [answer.text for clip in clips for answer in omni.answer(omni.prepare(clip), QUESTIONS)]


def test_each_stream_is_encoded_once(omni: OmniModel, media: Media) -> None:
    omni._clear_encodings()
    with counting(omni) as counts:
        said(omni, media)
    assert counts == {"video": 3, "audio": 3}  # two videos and black, two audios and silence
    with counting(omni) as counts:
        said(omni, media, unshared)
    assert counts == {"video": 6, "audio": 6}


def test_the_answers_are_those_without_sharing(omni: OmniModel, media: Media) -> None:
    omni._clear_encodings()
    shared, alone = said(omni, media), said(omni, media, unshared)
    assert shared == alone
    assert len(set(shared)) > 1  # else they would be equal by chance


def test_so_is_all_that_a_question_continues_from(omni: OmniModel, media: Media) -> None:
    import torch

    omni._clear_encodings()
    for of in media:
        for medium in MEDIA:
            with torch.inference_mode():
                prefixes = [omni.encode(omni.prepare(clip)) for clip in (of[medium], unshared(of[medium]))]
            keys, values = (
                [torch.cat([getattr(layer, part).flatten() for layer in p.cache.layers]) for p in prefixes]
                for part in ("keys", "values")
            )
            assert torch.equal(*keys)
            assert torch.equal(*values)


def test_frames_are_decoded_once_for_both_media_that_show_them(omni: OmniModel, media: Media) -> None:
    fresh = resolve_model(omni.name)
    assert isinstance(fresh, OmniModel)
    fresh.processor, fresh._before = omni.processor, omni._before
    broken = replace(media[0]["picture"], video=b"not a video")  # whoever decodes it fails
    seen = fresh.prepare(media[0]["both"]).inputs["pixel_values_videos"]
    assert (fresh.prepare(broken).inputs["pixel_values_videos"] == seen).all()


def test_base_and_tuned_do_not_share(media: Media) -> None:
    tuned = resolve_model("tiny-omni", {"adapter": "tiny-omni-mma"})
    assert isinstance(tuned, OmniModel)
    tuned.load()
    with counting(tuned) as counts:
        said(tuned, media[:1])
        with tuned.without_adapter():
            said(tuned, media[:1])
        said(tuned, media[:1])
    assert counts == {"video": 3 * 2, "audio": 3 * 2}
