"""Select wrong answers and show them with the clip's frames and audio."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from mma_accuracy.outcomes import ABSENT, OUTCOMES, Judged
from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Json
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import Shard, ShardReader, stored_rows
from mma_eval.report.page import Failure, Picture
from mma_eval.report.runs import Run, cell_of
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import questions_of

_SHOWN_FIRST = ("other_modality", "caption", "other_class", "off_list", "abstained", "error")
_FRAMES, _HEIGHT = 6, 96
_COLUMNS = ["id", "video", "audio", "visual_question", "audio_question"]
_LONGEST_QUESTION = 900


class Media:
    """Read rows of a run's dataset, if it is still in place, and limit the total size of videos on the page."""

    def __init__(self, folder: Path, digest: str, *, video_bytes: int) -> None:
        self._readers: dict[Path, ShardReader] = {}
        self._left = video_bytes
        self.data: BuiltDataset | None = None
        with suppress(MMABenchError):
            data = open_built(folder, partly=True)
            self.data = data if data.digest == digest else None

    def row(self, row_id: str) -> Mapping[str, Json] | None:
        """Return a row with its media; None if the dataset or the row is missing."""
        if row_id not in self._places:
            return None
        shard, number = self._places[row_id]
        return self._readers.setdefault(shard.path, ShardReader(shard, _COLUMNS)).row(number)

    @cached_property
    def _places(self) -> dict[str, tuple[Shard, int]]:
        return {
            record["id"]: (shard, number)
            for shard in (self.data.shards if self.data else ())
            for number, record in enumerate(stored_rows(shard, ["id"]))
        }

    def question(self, row: Mapping[str, Json], prediction: Prediction) -> str:
        """Return the text of the question asked, shortened if it is very long."""
        assert self.data is not None
        asked = questions_of(row, self.data.classes, variants=(prediction.variant,), seeds=(prediction.seed,))
        text = next(q.text for q in asked if q.prompt == prediction.prompt)
        left_out = len(text) - _LONGEST_QUESTION
        return text if left_out <= 0 else f"{text[:_LONGEST_QUESTION]} ... ({left_out:,} more characters)"

    def video(self, row: Mapping[str, Json]) -> bytes | None:
        """Return the clip as mp4; None if it exceeds the remaining size budget."""
        data: bytes = row["video"]["bytes"]
        if len(data) > self._left:
            return None
        self._left -= len(data)
        return data


def failures(run: Run, media: Media, *, per_cell: int, number: int) -> list[Failure]:
    """Select up to `per_cell` wrong answers of each cell, first those that follow the wrong modality."""
    wrong: dict[tuple[str, str, str], list[tuple[Prediction, Judged]]] = {}
    for prediction, judged in run.answers:
        rightly_abstained = judged.outcome == "abstained" and (prediction.condition, prediction.prompt) in ABSENT
        if judged.outcome != "grounded" and not rightly_abstained:
            wrong.setdefault(cell_of(prediction), []).append((prediction, judged))
    chosen = [pair for cell in run.metrics.cells for pair in sorted(wrong.get(cell_of(cell), ()), key=_rank)[:per_cell]]
    return [_failure(prediction, judged, media, f"{number}-{k}") for k, (prediction, judged) in enumerate(chosen)]


def _rank(pair: tuple[Prediction, Judged]) -> tuple[int, bytes]:
    prediction, judged = pair
    return _SHOWN_FIRST.index(judged.outcome), hashlib.sha256(prediction.id.encode()).digest()


def _failure(prediction: Prediction, judged: Judged, media: Media, name: str) -> Failure:
    row = media.row(prediction.id)
    expected = [f"{prediction.prompt}: {prediction.reference}"]
    if prediction.other is not None and prediction.other != prediction.reference:
        expected.append(f"the other modality: {prediction.other}")
    if prediction.caption is not None:
        expected.append(f"the false caption: {prediction.caption}")
    read_as = f"read as {judged.reading.class_name}: " if judged.reading.class_name else ""
    variant = "" if prediction.variant == "plain" else f", {prediction.variant}"
    tokens = {f"{k} tokens": f"{v:,}" for k, v in (prediction.token_counts or {}).items()}
    return Failure(
        title=f"{prediction.condition.replace('_', ' ')}, {prediction.prompt} question{variant}",
        outcome=f"{judged.outcome.replace('_', ' ')}: {OUTCOMES[judged.outcome]}",
        question=media.question(row, prediction) if row else "(the dataset is not at hand)",
        expected="; ".join(expected),
        answer=prediction.answer if prediction.answer is not None else f"(error) {prediction.error}",
        reading=f"{read_as}{judged.reading.why}",
        strip=_strip(row["video"]["bytes"], f"frames-{name}.jpg") if row else None,
        wave=_wave(row["audio"]["bytes"], f"wave-{name}.png") if row else None,
        video=media.video(row) if row else None,
        facts={"row": prediction.id, "donor": prediction.donor_id or "", "seed": str(prediction.seed)} | tokens,
    )


def _strip(video: bytes, name: str) -> Picture:
    from mma_bench.media.frames import sample_frames

    frames = sample_frames(video, fps=1)
    chosen = frames[np.linspace(0, len(frames) - 1, _FRAMES).round().astype(int)]
    images = [Image.fromarray(f) for f in chosen]
    width = max(1, round(images[0].width * _HEIGHT / images[0].height))
    strip = Image.new("RGB", (_FRAMES * (width + 2) - 2, _HEIGHT), "#888")
    for k, image in enumerate(images):
        strip.paste(image.resize((width, _HEIGHT)), (k * (width + 2), 0))
    buffer = io.BytesIO()
    strip.save(buffer, "JPEG", quality=70)
    words = f"{_FRAMES} frames of the clip, from its beginning to its end"
    return Picture(name, buffer.getvalue(), "image/jpeg", words)


def _wave(audio: bytes, name: str) -> Picture:
    """Draw the envelope of the waveform."""
    from mma_bench.media.sound import decode_flac

    columns, height = 588, 48
    sound = decode_flac(audio)
    parts = np.array_split(np.abs(sound), columns)
    peaks = np.array([p.max() if p.size else 0.0 for p in parts])
    reach = np.rint(peaks / max(float(peaks.max()), 1e-3) * (height / 2 - 1)).astype(int)
    rows = np.abs(np.arange(height)[:, None] - height // 2)
    image = np.where(rows <= reach[None, :], 0x60, 0xEE).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    words = f"the sound's envelope; its peak is {float(peaks.max()):.2f} of full scale" if peaks.any() else "silence"
    return Picture(name, buffer.getvalue(), "image/png", words)
