"""The texts and pictures of a contact sheet."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from mma_bench.benchmark.prompts import LongContext, question, with_caption, with_long_context
from mma_bench.benchmark.schema import Row
from mma_bench.dataset.contact_sheet.page import ACCENTS, FRAMES, SOUND, WIDTH, Typesetter
from mma_bench.dataset.contact_sheet.panel import Panel, panel_of_file, panel_of_row, question_runs
from mma_bench.dataset.contact_sheet.sheet import contact_sheet
from mma_bench.dataset.contact_sheet.tracks import CEILING, FLOOR, mel, spectrogram
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames

CLASSES = ["Accordion", "Canidae", "Explosion"]


@pytest.fixture(scope="module")
def dog(make_clip: Callable[..., Path]) -> Path:
    return make_clip("sheet-dog.mp4", seconds=2, tone=440)


@pytest.fixture(scope="module")
def accordion(make_clip: Callable[..., Path]) -> Path:
    return make_clip("sheet-accordion.mp4", seconds=2, tone=2000)


@pytest.fixture(scope="module")
def aligned(dog: Path) -> Row:
    return Row(
        id="dog.aligned",
        video=dog.read_bytes(),
        audio=b"",
        visual_class="Canidae",
        audio_class="Canidae",
        visual_present=True,
        audio_present=True,
        visual_question=question("visual", CLASSES),
        audio_question=question("audio", CLASSES),
        caption_class=None,
        clip_id="dog",
        donor_id=None,
        youtube_id=None,
        start_seconds=0.0,
        end_seconds=2.0,
        seed=0,
        condition="aligned",
        video_sha256="",
        audio_sha256="",
    )


@pytest.fixture(scope="module")
def misaligned(aligned: Row, dog: Path, accordion: Path) -> Row:
    video = swap_sound(dog, accordion)
    return replace(
        aligned,
        id="dog.misaligned",
        condition="misaligned",
        video=video,
        audio_class="Accordion",
        donor_id="squeeze_7",
    )


@pytest.fixture(scope="module")
def silent(aligned: Row, dog: Path) -> Row:
    return replace(aligned, condition="audio_removed", video=remove_sound(dog), audio_present=False)


@pytest.fixture(scope="module")
def black(aligned: Row, dog: Path) -> Row:
    return replace(aligned, condition="frames_zeroed", video=zero_frames(dog), visual_present=False)


def draw(*rows: Row, **options: int) -> Figure:
    return contact_sheet([panel_of_row(row, "test", **options) for row in rows], "a title")


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text)]


def pixels(figure: Figure, axes: str) -> list[np.ndarray]:
    """Return the pixels inside the axes of a name, panel by panel."""
    figure.canvas.draw()
    canvas = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    boxes = [a.get_window_extent() for a in figure.axes if a.get_label() == axes]
    return [canvas[round(len(canvas) - b.y1) : round(len(canvas) - b.y0), round(b.x0) : round(b.x1)] for b in boxes]


def decibels(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(a.images[0].get_array()) for a in figure.axes if a.get_label() == "spectrogram"]


def test_a_sheet_has_frames_a_waveform_and_a_spectrogram_for_each_row(aligned: Row, misaligned: Row) -> None:
    labels = [axes.get_label() for axes in draw(aligned, misaligned).axes]
    assert labels == ["frames", "waveform", "spectrogram"] * 2


def test_a_sheet_is_of_one_width_and_grows_with_its_rows(aligned: Row, misaligned: Row) -> None:
    one, two = draw(aligned), draw(aligned, misaligned)
    assert one.bbox.width == two.bbox.width == WIDTH
    assert 1.5 < two.bbox.height / one.bbox.height < 2


def test_a_sheet_without_panels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one panel"):
        contact_sheet([], "nothing")


def test_the_three_pictures_of_a_panel_share_one_time_axis(aligned: Row) -> None:
    axes = draw(aligned).axes
    ((start, end),) = {a.get_xlim() for a in axes}
    assert (start, end) == (0.0, pytest.approx(2.0, abs=0.1))
    assert len({(a.get_position().x0, a.get_position().x1) for a in axes}) == 1


def test_frames_stand_over_the_time_they_are_from_and_say_it(aligned: Row) -> None:
    frames = draw(aligned).axes[0]
    middles = [(i.get_extent()[0] + i.get_extent()[1]) / 2 for i in frames.images]
    assert len(middles) == FRAMES
    assert middles == pytest.approx([(k + 0.5) * 2.0 / FRAMES for k in range(FRAMES)], abs=0.02)
    assert [t.get_text() for t in frames.texts][:2] == ["0.12 s", "0.38 s"]


def test_frames_keep_the_shape_of_a_portrait_clip(make_clip: Callable[..., Path], aligned: Row) -> None:
    tall = make_clip("sheet-tall.mp4", seconds=1, size="90x160")
    _, height, width, _ = panel_of_row(replace(aligned, video=tall.read_bytes()), "test").frames.shape
    assert width / height == pytest.approx(90 / 160, rel=0.02)


def test_frames_do_not_overlap_where_the_sound_goes_on_longer(aligned: Row) -> None:
    panel = panel_of_row(aligned, "test")
    assert panel.samples is not None
    long = replace(panel, samples=np.tile(panel.samples, 4))
    extents = [i.get_extent()[:2] for i in contact_sheet([long], "t").axes[0].images]
    assert extents
    assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(extents))


def test_a_misaligned_panel_names_what_is_seen_what_is_heard_and_the_donor(misaligned: Row) -> None:
    said = texts(draw(misaligned))
    assert {"shows", "Canidae", "sounds like", "Accordion", "from squeeze_7"} <= set(said)


def test_a_swapped_sound_gives_another_waveform_in_the_colour_of_its_condition(aligned: Row, misaligned: Row) -> None:
    own, foreign = pixels(draw(aligned, misaligned), "waveform")
    assert colour(SOUND) in colours(own)
    assert colour(ACCENTS["misaligned"]) in colours(foreign)
    assert colour(ACCENTS["misaligned"]) not in colours(own)


def test_a_swapped_sound_gives_another_spectrogram(aligned: Row, misaligned: Row) -> None:
    own, foreign = decibels(draw(aligned, misaligned))
    assert loudest_pitch(own) == pytest.approx(float(mel(440)), abs=0.03)
    assert loudest_pitch(foreign) == pytest.approx(float(mel(2000)), abs=0.03)


def test_a_spectrogram_of_silence_is_at_the_floor_and_marked(silent: Row) -> None:
    figure = draw(silent)
    assert decibels(figure)[0].max() == FLOOR
    assert {"silence", "no Canidae to be heard"} <= set(texts(figure))


def test_black_frames_are_black_and_marked(black: Row) -> None:
    figure = draw(black)
    assert max(np.asarray(i.get_array()).max() for i in figure.axes[0].images) <= 16
    assert {"black frames", "no Canidae to be seen"} <= set(texts(figure))


def test_a_mark_follows_the_media_and_not_the_columns(aligned: Row) -> None:
    claimed = replace(aligned, condition="audio_removed", audio_present=False)
    assert "silence" not in texts(draw(claimed))


def test_waveforms_of_a_sheet_have_one_scale_so_that_loudness_compares(aligned: Row, silent: Row) -> None:
    assert len({a.get_ylim() for a in draw(aligned, silent).axes if a.get_label() == "waveform"}) == 1


def test_a_full_scale_sine_is_at_the_ceiling_at_its_pitch() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(32000) / 16000).astype(np.float32)
    picture = spectrogram(sine, 2.0, columns=50, rows=96)
    assert picture.shape == (96, 50)
    assert picture.max() == CEILING
    assert loudest_pitch(picture) == pytest.approx(float(mel(1000)), abs=0.02)


def test_a_false_caption_is_named_and_stands_out_in_the_question(aligned: Row) -> None:
    row = replace(
        aligned,
        condition="misleading_caption",
        caption_class="Explosion",
        visual_question=with_caption(aligned.visual_question, "Explosion"),
    )
    figure = draw(row)
    coloured = [t.get_text() for t in figure.findobj(Text) if t.get_color() == ACCENTS["misleading_caption"]]
    assert {"Explosion", "Video_caption: Explosion."} <= set(coloured)


def test_a_long_context_is_shortened_in_the_middle_and_counted() -> None:
    asked = question("visual", CLASSES)
    plain, noise = question_runs(with_long_context(asked, LongContext(10_000), seed=0, clip_id="c"))
    assert plain.text == asked
    assert noise.changed
    assert len(noise.text) < 150
    assert "9,9" in noise.text
    assert " more … " in noise.text


def test_a_context_before_the_question_is_shortened_too() -> None:
    asked = question("visual", CLASSES)
    noise, plain = question_runs(with_long_context(asked, LongContext(500, position="prepend"), seed=0, clip_id="c"))
    assert (noise.changed, plain.changed) == (True, False)
    assert plain.text == asked


def test_a_long_list_of_options_keeps_its_ends_and_counts_the_rest() -> None:
    (run,) = question_runs(question("audio", [f"Class_{k:02}" for k in range(60)]))
    assert "{Class_00, Class_01," in run.text
    assert "more …, Class_59}." in run.text
    assert run.text.endswith("Answer using a single word or phrase.")


@pytest.mark.parametrize("name", ["W" * 400, "a b " * 200, "Bowed_string_instrument", "$x^2$", "line\nbreak\x00"])
def test_names_of_any_length_stay_inside_the_sheet_and_off_the_pictures(aligned: Row, name: str) -> None:
    row = replace(aligned, id=name, visual_class=name, audio_class=name, donor_id=name, visual_question=name * 3)
    figure = draw(row)
    figure.canvas.draw()
    pictures = [a.get_window_extent() for a in figure.axes]
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= WIDTH
        assert not any(box.overlaps(p) for p in pictures if text.get_text())


def test_no_two_texts_overlap(aligned: Row, misaligned: Row, black: Row, silent: Row) -> None:
    long = replace(misaligned, visual_question=question("visual", [f"Class_{k}" for k in range(60)]))
    figure = draw(aligned, long, black, silent, alike=10)
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.texts if t.get_text()]
    assert not [(a, b) for k, a in enumerate(boxes) for b in boxes[k + 1 :] if a.overlaps(b)]


def test_rows_that_are_left_out_are_counted(misaligned: Row) -> None:
    assert any("the first of 10 such rows" in t for t in texts(draw(misaligned, alike=10)))


def test_a_file_says_what_probe_says(dog: Path) -> None:
    said = " ".join(texts(contact_sheet([panel_of_file(dog)], dog.name)))
    for fact in ("h264", "160 x 120, 25 fps", "50 frames", "aac at 44100 Hz, stereo"):
        assert fact in said


def test_a_file_without_sound_is_drawn_and_says_so(make_clip: Callable[..., Path]) -> None:
    panel: Panel = panel_of_file(make_clip("sheet-mute.mp4", "-an", "-c:v", "libx264", seconds=1))
    assert panel.samples is None
    assert "no sound stream" in texts(contact_sheet([panel], "mute"))


def test_text_that_is_too_wide_loses_its_middle() -> None:
    setter = Typesetter()
    short = setter.fit("from the first word to the last", 120, 15)
    assert short.startswith("from")
    assert short.endswith("last")
    assert "…" in short
    assert setter.width(short, 15) <= 120


def loudest_pitch(picture: np.ndarray) -> float:
    """Return the place of the loudest row on the mel scale, 0 to 1."""
    return float((picture.mean(1).argmax() + 1) / (len(picture) + 1))


def colours(image: np.ndarray) -> set[tuple[int, ...]]:
    return set(map(tuple, image.reshape(-1, 3).tolist()))


def colour(text: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(text[1:]))
