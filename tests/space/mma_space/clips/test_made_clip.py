"""The page's clips are the benchmark's: the same packets as the rows of a built dataset."""

from pathlib import Path

import numpy as np
import pytest

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.dataset.reading import open_built
from mma_bench.media.demux import read_recording
from mma_bench.media.frames import sample_frames
from mma_space.clips.gallery import Library, open_gallery
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import Recipe, of_condition


@pytest.fixture(scope="module")
def of_dataset(built: Path) -> Library:
    return Library(open_gallery(str(built), 1000))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_gives_what_the_dataset_has(condition: str, built: Path, of_dataset: Library) -> None:
    data = open_built(built)
    (shard,) = data.select([condition], ["test"])
    for row in list(data.rows(shard))[:3]:
        recipe = of_condition(condition, row.clip_id, of_dataset)
        if row.donor_id:
            recipe = Recipe(row.clip_id, sound="donor", donor=row.donor_id)
        made = make_clip(recipe, of_dataset)
        with read_recording(made.clip.video) as recording:
            assert recording.video is not None
            assert recording.audio is not None
            assert (recording.video.sha256, recording.audio.sha256) == (row.video_sha256, row.audio_sha256)
        assert (made.visual_class, made.audio_class) == (row.visual_class, row.audio_class)
        assert (made.clip.visual_present, made.clip.audio_present) == (row.visual_present, row.audio_present)
        assert [q.text for q in made.questions] == [row.visual_question, row.audio_question]


def test_what_no_condition_does_can_be_done_by_hand(library: Library) -> None:
    clip, other = (list(library.gallery.clips)[k] for k in (0, 9))
    recipe = Recipe(clip, "black", "donor", other, caption="Bird", long_context=True, variant="abstain")
    made = make_clip(recipe, library)
    assert sample_frames(made.clip.video, fps=1).max() < 3
    lent = make_clip(Recipe(other), library).clip.sound()
    heard = made.clip.sound()
    # The swapped sound is the donor's own, to what rounding in another container does.
    assert np.corrcoef(heard[:100_000], lent[:100_000])[0, 1] > 0.999
    text = made.questions[1].text
    assert text.startswith("Video_caption: Bird. Which class best describes the audio")
    assert "None of the above}" in text
    assert len(text) > 2000


def test_the_same_recipe_makes_the_same_bytes(library: Library) -> None:
    clip = next(iter(library.gallery.clips))
    recipe = of_condition("misaligned", clip, library)
    assert make_clip(recipe, library).sha256 == make_clip(recipe, library).sha256
