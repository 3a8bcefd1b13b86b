"""Stage 2: keep the clips with one class."""

import pytest

from mma_bench.audioset.curation.segments import read_segments, segment_list
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import write_manifest


@pytest.mark.parametrize(
    ("labels", "class_name"),
    [
        ("Cat", "Cat"),
        ("Animal,Pets,Cat,Meow", "Cat"),  # what is above another label does not count, though it was removed
        ("Bark,Canidae", "Canidae"),  # two labels, one class
        ("Car,Race car", "Vehicle"),
        ("Cat,Snake", None),  # two classes
        ("Cat,Clap", None),  # no root in common
        ("Cat,Hiss", "Cat and removed"),
        ("Pets", None),  # nothing but a container
        ("Clap,Frying (food)", None),  # a root in common by one of Clap's two
    ],
)
def test_a_clip_is_kept_if_its_most_specific_labels_are_of_one_class(classes_of_clips, labels, class_name):
    expected = {} if class_name in {None, "Cat and removed"} else {"a": class_name}
    assert classes_of_clips(f"a={labels}") == expected


def passed(world, labels, **readings):
    return world(f"a={labels}", **readings).clips[0].result.passed


def test_a_clip_is_dropped_at_the_first_step_that_it_fails(world):
    assert passed(world, "Cat,Clap") == "listed"
    assert passed(world, "Cat,Rattle") == "no_removed_class"  # Rattle is below Snake
    assert passed(world, "Cat,Hiss") == "one_root"  # Hiss is below both, and removed; its parent Cat does not count
    assert passed(world, "Meow,Hiss") == "one_root"
    assert passed(world, "Meow") == "single_class"


def test_a_label_with_two_roots_shares_one_with_others_or_under_the_strict_reading_none(world):
    assert passed(world, "Clap,Frying (food)") == "no_removed_class"
    assert passed(world, "Clap,Frying (food)", cross_tree="single") == "listed"


def test_a_removed_label_takes_the_clip_or_under_the_lenient_reading_only_itself(classes_of_clips):
    assert classes_of_clips("a=Meow,Growl") == {}
    assert classes_of_clips("a=Meow,Growl", removed_label="label") == {"a": "Cat"}


def test_the_most_specific_labels_of_a_clip_count_or_under_the_other_reading_leaves_only(classes_of_clips):
    assert classes_of_clips("a=Cat", "b=Meow") == {"a": "Cat", "b": "Cat"}
    assert classes_of_clips("a=Cat", "b=Meow", specific="leaf") == {"b": "Cat"}


def test_a_reading_that_does_not_exist_is_refused(world):
    with pytest.raises(OptionsError, match="--cross-tree both: unknown value; expected shared or single"):
        world(cross_tree="both")


def test_a_clip_is_named_after_its_recording_and_start(world):
    (clip,) = world("-bcdefghijk=Cat").manifest.clips
    assert (clip.clip_id, clip.file) == ("-bcdefghijk_30000", "-bcdefghijk_30000.mp4")
    assert (clip.youtube_id, clip.start_seconds, clip.end_seconds, clip.split) == ("-bcdefghijk", 30, 40, "test")


def test_a_label_that_the_ontology_lacks_is_an_error_that_names_it(world):
    with pytest.raises(SourceError, match="1 labels are not in the ontology, such as '/Zebra'"):
        world("a=Zebra")


@pytest.mark.parametrize("youtube_id", ["../../../x", "/etc/passwd", "a b c d e f", "..........\\"])
def test_a_recording_whose_id_is_no_youtube_id_is_refused(world, youtube_id):
    with pytest.raises(SourceError, match=r"eval_segments\.csv: segment of '.+': id '"):
        world(f"{youtube_id}=Cat")


@pytest.mark.parametrize("line", ["a, 1, 2", "a, x, 2, /Cat", "a, 2, 1, /Cat", "a, nan, 2, /Cat", 'a, 1, 2, "/Cat,"'])
def test_a_line_that_is_none_of_audiosets_is_an_error_that_names_it(tmp_path, line):
    file = tmp_path / "eval_segments.csv"
    file.write_text(f"# comment\n{line}\n")
    with pytest.raises(SourceError, match=r"eval_segments\.csv line 2: invalid segment .*; expected YTID"):
        list(read_segments(file))


def test_a_clip_that_is_in_the_lists_twice_is_an_error_that_names_it(world, tmp_path):
    curation = world("a=Cat", "b=Snake", "a=Cat")
    with pytest.raises(SourceError, match=r"the ids a_*30000 and a_*30000 would name the same file"):
        write_manifest(tmp_path / "m.parquet", curation.manifest)


def test_a_list_that_was_cut_off_is_known_by_its_header(tmp_path):
    file = tmp_path / "eval_segments.csv"
    file.write_text("# num_ytids=2, num_segs=2, num_unique_labels=1\na, 1, 2, /Cat\n")
    with pytest.raises(SourceError, match="1 segments, but its header declares 2; download it again"):
        list(read_segments(file))


def test_the_name_of_a_list_tells_its_split_or_it_is_said():
    assert segment_list("x/unbalanced_train_segments.csv").split == "train"
    assert segment_list("validation=x/mine.csv").split == "validation"
    with pytest.raises(OptionsError, match=r"SPLIT=FILE, such as test=mine\.csv"):
        segment_list("mine.csv")
