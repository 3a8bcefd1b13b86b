"""Stage 1: simplify labels to classes."""

import pytest

from mma_bench.audioset.curation.ontology import read_ontology
from mma_bench.audioset.curation.simplify import classes_of
from mma_bench.core.errors import SourceError
from small_audioset import ONTOLOGY, TAXONOMY


@pytest.fixture
def outcome(world):
    def of(label, **changes):
        found = world(**changes).simplified[label]
        return found.class_name, found.how

    return of


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("/Cat", ("Cat", "kept")),
        ("/Meow", ("Cat", "absorbed")),  # level 4
        ("/Dog", ("Canidae", "merged")),
        ("/Bark", ("Canidae", "absorbed")),
        ("/Vehicle", ("Vehicle", "kept")),
        ("/Car", ("Vehicle", "collapsed")),  # level 3, and has no row of its own
        ("/Race_car", ("Vehicle", "collapsed")),
        ("/Alarm", (None, "actionless")),
        ("/Police_siren", (None, "actionless")),  # below a removed one
        ("/Things", (None, "restricted")),
        ("/Home", (None, "restricted")),
        ("/Frying", ("Frying_food", "kept")),  # below a restricted one, which takes nothing with it
        ("/Clap", ("Clapping", "kept")),  # two parents, one end
    ],
)
def test_a_label_is_kept_absorbed_collapsed_merged_or_removed(outcome, label, expected):
    assert outcome(label) == expected


@pytest.mark.parametrize("label", ["/Hiss", "/Growl", "/Horn"])
def test_a_label_whose_paths_end_in_different_classes_is_removed(outcome, label):
    assert outcome(label) == (None, "several_parents")


def test_the_explanation_names_where_the_paths_lead(world):
    assert world().simplified["/Hiss"].why == "its 2 paths lead to Cat / Snake"


def test_every_label_with_several_parents_can_be_removed_instead(outcome):
    assert outcome("/Clap", multi_parent="any") == (None, "several_parents")


@pytest.mark.parametrize("label", ["/Fusillade", "/Odd"])
def test_a_restricted_label_deep_below_a_class_is_removed_or_absorbed(outcome, label):
    assert outcome(label) == (None, "restricted")
    assert outcome(label, restricted="absorb")[0] in {"Cat", "Vehicle"}


def test_a_restricted_label_that_could_be_a_class_is_removed_under_either_reading(outcome):
    assert outcome("/Home", restricted="absorb") == (None, "restricted")


def test_the_classes_are_those_that_labels_became(world):
    assert classes_of(world().simplified) == ["Canidae", "Cat", "Clapping", "Frying_food", "Snake", "Vehicle"]


def test_a_label_without_a_decision_is_an_error_that_names_it(world):
    with pytest.raises(SourceError, match=r"1 labels down to level 3 have no row, such as /Snake \(Snake\)"):
        world(taxonomy="\n".join(row for row in TAXONOMY.splitlines() if not row.startswith("/Snake")))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("/Unknown,x,keep,X,,why", "/Unknown .* is not in the ontology"),
        ("/Meow,Meow,keep,Meow,,why", "/Meow .* is below level 3"),
        ("/Rattle,Rattle,split,X,,why", "line 16: unknown action 'split'"),
        ("/Rattle,Rattle,remove,,,why", "line 16: the value '' of `because` does not fit the action remove"),
        ("/Rattle,Rattle,remove,,dull,why", "line 16: the value 'dull' of `because` does not fit the action remove"),
        (
            "/Rattle,Rattle,keep,Rattle,ambiguous,why",
            "line 16: the value 'ambiguous' of `because` does not fit the action keep",
        ),
        ("/Rattle,Rattle,remove,Rattle,ambiguous,why", "line 16: a removed label must not have a class"),
        ("/Rattle,Rattle,keep,Rattle,,", "line 16: no reason; expected an id and a reason"),
        ('/Rattle,Rattle,keep,"A, b",,why', "line 16: invalid class 'A, b'"),
        ("/Cat,Cat,keep,Cat,,again", "line 16: a second row for /Cat"),
        ("/Rattle,Rattle,merge,Drums,,why", "merged into Drums, which is not a class"),
    ],
)
def test_a_taxonomy_that_makes_no_sense_is_refused_by_row(world, row, message):
    with pytest.raises(SourceError, match=message):
        world(taxonomy=TAXONOMY + row + "\n")


def test_a_taxonomy_with_other_columns_is_refused(world):
    with pytest.raises(SourceError, match="no column action, because, class, reason; found id, name"):
        world(taxonomy="id,name\n")


def test_an_ontology_in_which_a_label_is_below_itself_is_refused(world):
    with pytest.raises(SourceError, match=r"child_ids form a cycle through /(Cat|Meow) "):
        world(ontology={**ONTOLOGY, "Meow": ["Cat"]})


def test_an_ontology_with_an_unknown_child_is_refused(world):
    with pytest.raises(SourceError, match="child_ids refer to 1 missing labels, such as /Purr"):
        world(ontology={**ONTOLOGY, "Meow": ["Purr"]})


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '[{"id": 1, "name": "x", "child_ids": []}]', "[" * 100_000])
def test_what_is_no_ontology_is_an_error_that_says_what_was_expected(tmp_path, text):
    file = tmp_path / "ontology.json"
    file.write_text(text)
    with pytest.raises(SourceError, match=r"expected AudioSet's ontology\.json"):
        read_ontology(file)
