"""The loss of cached features, of packed questions and of answers alone is that of the plain path."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mma_bench.dataset.reading import open_built
from mma_eval.resolve import resolve_model
from mma_training.data.features import ClipReader, FeatureStore, distinct_streams, encode, encode_streams
from mma_training.data.rows import TuningRow, examples_of, read_rows
from mma_training.data.tuning_set import EncodedMedia, RawMedia, RowMedia, TuningSet, collate
from mma_training.train.answer_loss import answer_loss, answers_only

BOTH = ("aligned", "misaligned")
SMALL = {"dtype": "float32", "min_pixels": 64 * 64, "max_pixels": 96 * 96}
Load = Callable[[], Any]


@pytest.fixture(scope="module")
def rows(tuning_data: Path) -> list[TuningRow]:
    """Two clips with three pictures and sounds between them."""
    found = read_rows(open_built(tuning_data), BOTH, "train")
    return [found[0], found[1], found[40]]


@pytest.fixture(scope="module")
def omni(checkpoint: Path) -> Any:
    model: Any = resolve_model(str(checkpoint), SMALL)
    model.load()
    answers_only(model.thinker)
    return model


@pytest.fixture
def reader(tuning_data: Path) -> ClipReader:
    return ClipReader(open_built(tuning_data), BOTH, "train")


def loss_of(omni: Any, items: TuningSet) -> float:
    import torch

    batch = collate([items[k] for k in range(len(items))], omni.processor.tokenizer.pad_token_id)
    labels = batch.pop("labels")
    with torch.no_grad():
        return float(answer_loss(omni.thinker(**batch), labels))


def transformers_own_loss(omni: Any, items: TuningSet) -> float:
    """Each example by itself through the thinker's own forward, labels masked to the answer, logits of every token."""
    import torch

    total, count = 0.0, 0
    for k in range(len(items)):
        conversation, tensors = items[k]
        (turn,) = conversation.turns
        ids = torch.tensor([[*conversation.ids.tolist(), *turn.ids]])
        labels = torch.full_like(ids, -100)
        labels[:, -turn.answer :] = ids[:, -turn.answer :]
        media = {**tensors} | {"video_second_per_grid": torch.tensor([2 / omni.describe()["fps"]])}
        with torch.no_grad():
            said = omni.thinker(
                input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels, use_audio_in_video=True, **media
            )
        total, count = total + float(said.loss) * turn.answer, count + turn.answer
    return total / count


def test_the_plain_path_is_transformers_own(omni: Any, rows: list[TuningRow], reader: ClipReader) -> None:
    items = TuningSet(examples_of(rows, pack=False), RawMedia(omni, reader), omni)
    assert loss_of(omni, items) == pytest.approx(transformers_own_loss(omni, items), rel=1e-5)


@pytest.mark.parametrize("pack", [False, True])
def test_cached_features_give_the_same_loss(
    pack: bool, omni: Any, rows: list[TuningRow], reader: ClipReader, tmp_path: Path
) -> None:
    store = FeatureStore(tmp_path, omni)
    assert encode_streams(omni, distinct_streams(rows), reader, store) == len(distinct_streams(rows))
    plain = TuningSet(examples_of(rows, pack=False), RawMedia(omni, reader), omni)
    cached = TuningSet(examples_of(rows, pack=pack), EncodedMedia(omni, store), omni)
    assert loss_of(omni, cached) == pytest.approx(loss_of(omni, plain), rel=1e-5)


def test_logits_are_made_of_answers_only(omni: Any, rows: list[TuningRow], reader: ClipReader) -> None:
    items = TuningSet(examples_of(rows, pack=False), RawMedia(omni, reader), omni)
    batch = collate([items[k] for k in range(4)], omni.processor.tokenizer.pad_token_id)
    labels = batch.pop("labels")
    assert omni.thinker(**batch).logits.shape[0] == len(labels) < batch["input_ids"].numel() / 10


def test_encoders_run_once_per_stream_and_not_again(
    omni: Any, tuning_data: Path, reader: ClipReader, tmp_path: Path
) -> None:
    rows = read_rows(open_built(tuning_data), BOTH, "train", limit=3)
    runs = {"video": 0, "audio": 0}
    hooks = [
        tower.register_forward_hook(lambda *_, kind=kind: runs.__setitem__(kind, runs[kind] + 1))
        for kind, tower in (("video", omni.thinker.model.visual), ("audio", omni.thinker.model.audio_tower))
    ]
    streams = distinct_streams(rows)
    store = FeatureStore(tmp_path, omni)
    encode_streams(omni, streams, reader, store)
    items = TuningSet(examples_of(rows, pack=True), EncodedMedia(omni, store), omni)
    loss_of(omni, TuningSet(examples_of(rows[:2], pack=True), EncodedMedia(omni, store), omni))
    assert encode_streams(omni, streams, reader, store) == 0
    for hook in hooks:
        hook.remove()
    assert len(items) == 33
    assert runs == {kind: sum(s.kind == kind for s in streams) for kind in runs}


@pytest.mark.parametrize("base", ["tiny-omni", "random"])
def test_a_stream_is_decoded_alone_and_gives_the_same(
    base: str, omni: Any, rows: list[TuningRow], reader: ClipReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from mma_eval.model import Clip

    if base == "tiny-omni":  # its frames are of one size
        omni = resolve_model(base)
        omni.load()
    streams, store = distinct_streams(rows), FeatureStore(tmp_path, omni)
    decoded = {"frames": 0, "sound": 0}
    for name, own in (("frames", Clip.frames), ("sound", Clip.sound)):

        def counted(clip: Clip, *given: Any, name: str = name, own: Any = own, **more: Any) -> Any:
            decoded[name] += 1
            return own(clip, *given, **more)

        monkeypatch.setattr(Clip, name, counted)
    encode_streams(omni, streams, reader, store)
    assert decoded == {
        "frames": sum(s.kind == "video" for s in streams),
        "sound": sum(s.kind == "audio" for s in streams),
    }
    for stream in streams:
        together = encode(omni.thinker, stream.kind, omni.prepare(reader.clip(stream.row)).inputs)
        kept = store.read(stream.kind, stream.sha256).tensors
        assert set(kept) == set(together)
        assert all(torch.equal(kept[name], together[name]) for name in together)


def test_another_preprocessing_has_features_of_its_own(checkpoint: Path, omni: Any, tmp_path: Path) -> None:
    other = resolve_model(str(checkpoint), SMALL | {"fps": 1.0})
    assert FeatureStore(tmp_path, other).folder != FeatureStore(tmp_path, omni).folder  # type: ignore[arg-type]


def test_lengths_are_those_of_the_sequences(
    omni: Any, rows: list[TuningRow], reader: ClipReader, tmp_path: Path
) -> None:
    store = FeatureStore(tmp_path, omni)
    encode_streams(omni, distinct_streams(rows), reader, store)
    for media in (RawMedia(omni, reader), EncodedMedia(omni, store)):
        items = TuningSet(examples_of(rows, pack=True), media, omni)
        assert items.lengths() == [len(items[k][0]) for k in range(len(items))]


def test_clips_of_different_lengths_go_into_one_batch(omni: Any, rows: list[TuningRow], reader: ClipReader) -> None:
    from mma_eval.models.prefix import positions_of

    class EveryOtherHalved:
        """The media of rows as they are, and of the second row half of them."""

        def of(self, row: TuningRow) -> Any:
            clip = reader.clip(row)
            frames, sound = omni.frames_of(clip), clip.sound()
            if row is rows[1]:
                frames, sound = frames[: len(frames) // 2], sound[: len(sound) // 2]
            inputs = omni.process(frames, sound)
            names = ("pixel_values_videos", "video_grid_thw", "input_features", "feature_attention_mask")
            positions = positions_of(omni.thinker, inputs)[:, 0]
            return RowMedia(inputs["input_ids"][0], positions, {name: inputs[name] for name in names})

        def tokens(self, row: TuningRow) -> int:
            return len(self.of(row).ids)

    items = TuningSet(examples_of(rows, pack=False), EveryOtherHalved(), omni)
    assert len(set(items.lengths())) > 2
    # Qwen3-Omni's audio encoder convolves over the padding of shorter sounds: their last tokens depend on the batch.
    exact = 1e-5 if omni.family == "qwen2_5_omni" else 1e-3
    assert loss_of(omni, items) == pytest.approx(transformers_own_loss(omni, items), rel=exact)
