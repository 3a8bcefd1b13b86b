"""Read the authors' list: whatever its fields are called, each entry gives a clip or a reason why it does not."""

import json
from pathlib import Path

import pytest

from mma_bench.audioset.published_list.reading import PublishedList, read_published_list
from mma_bench.core.errors import SourceError
from mma_bench.manifest.clips import ManifestClip

ID = "3CZ1i2_tKn0"
OTHER = "-0gX_abcdE1"
CLIP = {"youtube_id": ID, "start": 30, "end": 40, "label": "Canidae"}
BIRD = {"youtube_id": OTHER, "start": 5, "end": 15, "label": "Bird"}


@pytest.fixture
def read(tmp_path):
    def read(document, **options) -> PublishedList:
        path = tmp_path / "list.json"
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return read_published_list(path, **options)

    return read


@pytest.fixture
def refused(tmp_path):
    def refused(content: bytes) -> str:
        path = tmp_path / "list.json"
        path.write_bytes(content)
        with pytest.raises(SourceError) as refusal:
            read_published_list(path)
        assert str(path) in str(refusal.value)
        return str(refusal.value)

    return refused


def without(entry: dict, *names: str) -> dict:
    return {name: value for name, value in entry.items() if name not in names}


def only_reason(published: PublishedList) -> str:
    (unreadable,) = published.unreadable
    return unreadable.why


def test_an_entry_is_a_clip_with_the_id_that_manifests_use(read):
    published = read([CLIP])
    assert published.clips == [ManifestClip(f"{ID}_30000", "Canidae", "test", 30.0, 40.0, ID)]
    assert (published.unreadable, published.merged) == ([], 0)


BY_ID = {ID: without(CLIP, "youtube_id"), OTHER: without(BIRD, "youtube_id")}
COLUMNS = {name: [CLIP[name], BIRD[name]] for name in CLIP}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([CLIP, BIRD], id="list"),
        *(
            pytest.param({"version": 1, name: [CLIP, BIRD]}, id=name)
            for name in ("data", "clips", "videos", "samples", "annotations", "anything")
        ),
        pytest.param({"name": "MMA-Bench", "classes": ["Bird"], "clips": [CLIP, BIRD]}, id="beside a name"),
        pytest.param(BY_ID, id="by id"),
        pytest.param({"clips": BY_ID}, id="by id, wrapped"),
        pytest.param({"name": "MMA-Bench", **BY_ID}, id="by id, beside a name"),
        pytest.param({name: [entry] for name, entry in BY_ID.items()}, id="lists by id"),
        pytest.param({"Canidae": {ID: [[30, 40]]}, "Bird": {OTHER: [[5, 15]]}}, id="lists of times by id by class"),
        pytest.param({f"clips/Y{name}.mp4": entry for name, entry in BY_ID.items()}, id="by file name"),
        pytest.param({"0": CLIP, "1": BIRD}, id="by number"),
        pytest.param({"Canidae": {ID: [30, 40]}, "Bird": {OTHER: [5, 15]}}, id="times by id by class"),
        pytest.param({"Canidae": [without(CLIP, "label")], "Bird": [without(BIRD, "label")]}, id="lists by class"),
        pytest.param(COLUMNS, id="columns"),
        pytest.param(
            {name: {str(k): v for k, v in enumerate(column)} for name, column in COLUMNS.items()}, id="pandas columns"
        ),
        pytest.param(
            [
                {"meta": {"n": 1}, "video": {"id": e["youtube_id"], "start": e["start"]}, "label": e["label"]}
                for e in (CLIP, BIRD)
            ],
            id="nested",
        ),
        pytest.param(
            {
                e["youtube_id"]: {"annotations": [{"segment": [e["start"], e["end"]], "label": e["label"]}]}
                for e in (CLIP, BIRD)
            },
            id="annotations by id",
        ),
        pytest.param(
            [
                {
                    "messages": [{"role": "user"}],
                    "videos": [f"{e['youtube_id']}_{e['start']}_{e['end']}.mp4"],
                    "label": e["label"],
                }
                for e in (CLIP, BIRD)
            ],
            id="lists of one file",
        ),
    ],
)
def test_a_list_of_any_shape_gives_the_same_clips(read, document):
    assert [(c.clip_id, c.class_name, c.start_seconds, c.end_seconds) for c in read(document).clips] == [
        (f"{ID}_30000", "Canidae", 30.0, 40.0),
        (f"{OTHER}_5000", "Bird", 5.0, 15.0),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_may_be_in_any_unicode_with_or_without_a_mark(read, encoding):
    assert len(read(json.dumps([CLIP]).encode(encoding)).clips) == 1


def test_json_lines_are_read_and_a_broken_line_is_named(read):
    text = f"{json.dumps(CLIP)}\n \n{json.dumps(BIRD)}\r\n" + '{"youtube_id": '
    published = read(b"\xef\xbb\xbf" + text.encode())
    assert [c.youtube_id for c in published.clips] == [ID, OTHER]
    assert [u.where for u in published.unreadable] == ["line 4"]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *((name, "test") for name in ("test", "eval", "Evaluation")),
        *((name, "train") for name in ("train", "TRAINING")),
        *((name, "validation") for name in ("val", "valid", "validation")),
    ],
)
def test_a_split_is_named_by_a_field_or_by_the_key_around(read, name, split):
    by_key = read({name: [CLIP]}, split="train" if split == "test" else "test")
    by_field = [read([{**CLIP, field: name}]) for field in ("split", "set", "subset", "partition")]
    assert {c.split for published in (by_key, *by_field) for c in published.clips} == {split}


@pytest.mark.parametrize(
    "document",
    [
        {"train": COLUMNS},
        {"split": "train", **COLUMNS},
        {"split": "train", "clips": [CLIP]},
        {"train": {"clips": [CLIP]}},
    ],
)
def test_a_split_beside_or_around_entries_of_any_shape_is_theirs(read, document):
    assert {c.split for c in read(document).clips} == {"train"}


def test_entries_beside_splits_are_in_none_of_them(read):
    published = read({"train": [CLIP], "data": [BIRD]}, split="validation")
    assert [c.split for c in published.clips] == ["train", "validation"]


@pytest.mark.parametrize("document", [[{**BIRD, "split": "dev"}, CLIP], {"dev": [BIRD], "test": [CLIP]}])
def test_a_split_of_another_name_is_unreadable(read, document):
    published = read(document)
    assert [c.youtube_id for c in published.clips] == [ID]
    assert "'dev' is not a split; expected train, validation or test" in only_reason(published)


def test_what_names_no_split_is_in_the_one_given(read):
    assert [c.split for c in read([CLIP], split="train").clips] == ["train"]


@pytest.mark.parametrize(
    "field",
    [
        *("youtube_id", "ytid", "yt_id", "YTID", "video_id", "videoid", "vid", "id", "clip_id", "url", "youtube_url"),
        *("link", "video", "video_path", "path", "file", "file_name", "filename", "name"),
        *("Youtube-ID", "YouTube ID", "youtubeId"),
    ],
)
def test_an_id_is_found_under_its_usual_names(read, field):
    published = read([{field: ID, **without(CLIP, "youtube_id")}])
    assert [c.youtube_id for c in published.clips] == [ID]
    assert published.recognised["YouTube id"] == field


@pytest.mark.parametrize(
    ("text", "youtube_id"),
    [
        (f"https://www.youtube.com/watch?v={ID}", ID),
        (f"https://www.youtube.com/watch?app=desktop&v={OTHER}&list=PL1", OTHER),
        (f"http://m.youtube.com/watch?v={ID}", ID),
        (f"youtube.com/watch?v={ID}", ID),
        (f"https://youtu.be/{OTHER}", OTHER),
        (f"https://www.youtube.com/embed/{ID}?rel=0", ID),
        (f"https://www.youtube-nocookie.com/embed/{ID}", ID),
        (f"https://youtube.com/shorts/{ID}", ID),
        (f"{ID}.mp4", ID),
        (f"Y{ID}", ID),
        (f"Y{ID}.mp4", ID),
        (f"Y{ID}_repDiff_Door_0.mp4", ID),
        ("YkX4-OMWCdCc_repDiff_Didgeridoo_0.mp4", "kX4-OMWCdCc"),
        (f"data/train\\Y{OTHER}.webm", OTHER),
        (f"https://example.org/clips/Y{ID}.mp4?download=1", ID),
        ("YA_0xhMEZ1C", "YA_0xhMEZ1C"),  # an id that begins with Y
        ("YA_0xhMEZ1C.mp4", "YA_0xhMEZ1C"),
        ("YA_0xhMEZ1C_30_40.mp4", "YA_0xhMEZ1C"),
        ("YYA_0xhMEZ1C.mp4", "YA_0xhMEZ1C"),
        ("YA_0xhMEZ1Cg_repDiff_Frying_food_0.mp4", "A_0xhMEZ1Cg"),
        ("Yabcdefghi__30_40.mp4", "Yabcdefghi_"),  # an id that ends with _
        ("Yabcdefghij_", "abcdefghij_"),
        ("--PJHxphWEs", "--PJHxphWEs"),
        ("___________.mp4", "___________"),
    ],
)
def test_an_id_is_recognised_bare_in_a_link_and_in_a_file_name(read, text, youtube_id):
    assert [c.youtube_id for c in read([{**CLIP, "youtube_id": text}]).clips] == [youtube_id]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "3CZ1i2_tKn",
        "3CZ1i2_tKn0x",
        "X3CZ1i2_tKn0",
        "3CZ1i2+tKn0",
        "https://youtu.be/3CZ1i2_tKn0x",
        12345678901,
        None,
        "https://youtube.com/playlist?list=PL1",
        {"a": 1},
        ["3CZ1i2_tKn0", "-0gX_abcdE1"],
    ],
)
def test_what_is_no_id_is_unreadable(read, value):
    assert "no YouTube id" in only_reason(read([BIRD, {**CLIP, "youtube_id": value}]))


def test_of_several_fields_the_first_of_the_table_that_yields_an_id_counts(read):
    entries = [
        {"name": "a_b_c_d_e_f", "id": 7, "video_id": None, "url": f"youtu.be/{ID}", **without(CLIP, "youtube_id")},
        {"name": OTHER, "youtube_id": "unknown", **without(BIRD, "youtube_id")},
    ]
    published = read(entries)
    assert [c.youtube_id for c in published.clips] == [ID, OTHER]
    assert published.recognised["YouTube id"] == "url (1), name (1)"


@pytest.mark.parametrize(
    "times",
    [
        *({name: 30} for name in ("start", "start_seconds", "start_time", "start_sec", "start_s", "begin", "onset")),
        *({name: 30} for name in ("t_start", "from", "Start Time", "startTime", "START")),
        *({name: 30000} for name in ("start_ms", "start_time_ms", "begin_ms")),
        {"start_ms": 30000, "end_ms": 40000},
        {"start_ms": "30000", "end": "40"},
        *({name: [30, 40]} for name in ("timestamp", "timestamps", "time", "segment", "interval", "clip")),
        {"timestamp_ms": [30000, 40000]},
        *(
            {"timestamp": value}
            for value in ("30-40", "30.0 - 40.0", "0:30-0:40", "00:00:30", "30.0", "30s", 30, ["30", "40"], [[30, 40]])
        ),
        *({"timestamp": value, "end": 40} for value in ([30, None], ["0:30"])),
        *({"timestamp": value} for value in ("0:30 to 0:40", "[30.0, 40.0]", "30–40", {"start": 30, "end": 40}, [30])),
        *({"start": value} for value in ("30", "30.000", "0:30", "00:00:30", " 30 ")),
    ],
)
def test_times_are_found_under_their_usual_names_and_forms(read, times):
    (clip,) = read([{**without(CLIP, "start", "end"), **times}]).clips
    assert (clip.start_seconds, clip.end_seconds) == (30.0, 40.0)


@pytest.mark.parametrize(
    "name", ["end", "end_seconds", "end_time", "end_sec", "end_s", "t_end", "stop", "to", "End Time"]
)
def test_an_end_is_found_under_its_usual_names(read, name):
    assert [c.end_seconds for c in read([{**without(CLIP, "end"), name: 37.5}]).clips] == [37.5]


def test_an_end_in_milliseconds_is_known_by_its_name(read):
    assert [c.end_seconds for c in read([{**without(CLIP, "end"), "end_ms": 37500}]).clips] == [37.5]


@pytest.mark.parametrize(
    "name",
    [
        f"https://youtu.be/{ID}?t=30",
        f"https://www.youtube.com/watch?v={ID}&t=30s",
        f"https://www.youtube.com/watch?v={ID}#t=0m30s",
        f"https://www.youtube.com/embed/{ID}?start=30&end=40",
        f"{ID}_30_40.mp4",
        f"Y{ID}_30_40.mp4",
        f"{ID}_30.000_40.000.mp4",
        f"{ID}_30.000.wav",
        f"{ID}_30000.mp4",
        f"{ID}_30000_40000.mp4",
        f"{ID}_000030.mp4",
    ],
)
def test_times_are_read_from_a_link_or_a_file_name(read, name):
    (clip,) = read([{"file": name, "label": "Canidae"}]).clips
    assert (clip.youtube_id, clip.start_seconds, clip.end_seconds) == (ID, 30.0, 40.0)


@pytest.mark.parametrize(("name", "start"), [(f"{ID}_0.mp4", 0.0), (f"{ID}_1000.mp4", 1.0)])
def test_our_own_ids_are_read_from_the_first_second_on(read, name, start):
    assert [c.start_seconds for c in read([{"file": name, "label": "Canidae"}]).clips] == [start]


@pytest.mark.parametrize(
    ("start", "seconds"),
    [(0, 0), ("0:00", 0), ("1:02:03.5", 3723.5), ("1h1m1s", 3661), ("2m", 120), ("12:34", 754)],
)
def test_a_time_may_be_written_as_on_a_clock(read, start, seconds):
    assert [c.start_seconds for c in read([{**without(CLIP, "end"), "start": start}]).clips] == [seconds]


@pytest.mark.parametrize("nothing", [None, "", "  ", []])
def test_an_empty_field_is_as_one_that_is_not_there(read, nothing):
    entry = {"youtube_id": nothing, "id": ID, "start": nothing, "time": [30, 40], "class": "Canidae", "label": nothing}
    assert [c.clip_id for c in read([{**entry, "split": nothing}]).clips] == [f"{ID}_30000"]


@pytest.mark.parametrize("name", [f"Y{ID}_0.mp4", f"Y{ID}_repDiff_Door_0.mp4", f"{ID}_30.mp4"])
def test_the_number_of_a_variant_is_not_taken_for_a_time(read, name):
    assert "no start" in only_reason(read([BIRD, {"file": name, "label": "Canidae"}]))


def test_the_times_of_one_field_go_with_the_id_of_another(read):
    names = {"youtube_id": ID, "url": f"https://youtu.be/{OTHER}?t=99", "file": f"{ID}_30_38.mp4"}
    published = read([{**names, "label": "Canidae"}])
    (clip,) = published.clips
    assert (published.recognised["YouTube id"], published.recognised["start and end"]) == ("youtube_id", "file")
    assert (clip.start_seconds, clip.end_seconds) == (30.0, 38.0)


@pytest.mark.parametrize(
    "times",
    [
        *({"start": value} for value in (-1, "-1", "soon", True, "nan", "inf", "1e400", "0:75", [1, 2, 3], 10**400)),
        *({"start": 30, "end": value} for value in (20, 30, 31000, "later")),
        *({"timestamp": value} for value in ("2024-05-01", "-30", [30, "x"], [40, 30], [[1, 2], [3, 4]])),
    ],
)
def test_times_that_cannot_be_are_unreadable(read, times):
    published = read([BIRD, {**without(CLIP, "start", "end"), **times}])
    assert [c.youtube_id for c in published.clips] == [OTHER]
    assert "expected" in only_reason(published)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_unreadable(read, number):
    text = json.dumps([BIRD, CLIP]).replace(": 30", f": {number}")
    assert "start" in only_reason(read(text.encode()))


def test_a_missing_start_is_looked_up(read):
    published = read([without(CLIP, "start", "end")], starts={ID: (30.0, 36.5), OTHER: (1.0, 11.0)})
    assert [(c.start_seconds, c.end_seconds) for c in published.clips] == [(30.0, 36.5)]
    assert published.recognised["start and end"] == "the segment lists"


def test_a_start_in_the_list_is_not_looked_up(read):
    (clip,) = read([without(CLIP, "end")], starts={ID: (70.0, 80.0)}).clips
    assert (clip.start_seconds, clip.end_seconds) == (30.0, 40.0)


def test_a_missing_end_is_the_one_of_the_same_segment_or_ten_seconds_on(read):
    published = read([without(CLIP, "end"), without(BIRD, "end")], starts={ID: (30.0, 36.5)})
    assert [c.end_seconds for c in published.clips] == [36.5, 15.0]
    assert published.recognised["end"] == "the segment lists (1), 10 s after the start (1)"


def test_a_start_that_is_nowhere_is_unreadable_and_says_what_to_do(read):
    entries = [BIRD, without(CLIP, "start")]
    assert "--segments" in only_reason(read(entries))
    assert "the segment lists contain no segment or several segments of this recording" in only_reason(
        read(entries, starts={OTHER: (0.0, 10.0)})
    )


@pytest.mark.parametrize(
    "field",
    [
        *("label", "class", "class_name", "category", "visual_class", "visual_label", "video_label", "video_class"),
        *("ground_truth", "gt", "gt_label", "answer", "event", "object", "labels", "className", "Visual Class"),
    ],
)
def test_a_class_is_found_under_its_usual_names(read, field):
    published = read([{**without(CLIP, "label"), field: "Frying (food)"}])
    assert [c.class_name for c in published.clips] == ["Frying_food"]
    assert published.recognised["class"] == field


@pytest.mark.parametrize(
    ("label", "name"),
    [("Canidae, dogs, wolves", "Canidae"), ("Frying_food", "Frying_food"), (["Church bell"], "Church_bell")],
)
def test_a_label_becomes_a_class_as_elsewhere(read, label, name):
    assert [c.class_name for c in read([{**CLIP, "label": label}]).clips] == [name]


@pytest.mark.parametrize("label", [None, "", 3, "3", ["Bird", "Dog"], "/m/0bt9lr", "{}", {"id": 3}])
def test_what_is_no_class_is_unreadable(read, label):
    published = read([BIRD, {**CLIP, "label": label}])
    assert len(published.clips) == 1
    assert "class" in only_reason(published)


@pytest.mark.parametrize(
    "labels",
    [
        {"audio_class": "Door", "label": "Door", "visual_class": "Canidae"},
        {"audio_label": "Door", "label": "Canidae"},
        {"labels": {"audio": "Door", "visual": "Canidae"}},
        {"audio": {"label": "Door"}, "video": {"label": "Canidae"}},
    ],
)
def test_the_class_of_a_swapped_clip_is_that_of_its_picture(read, labels):
    assert [c.class_name for c in read([{**without(CLIP, "label"), **labels}]).clips] == ["Canidae"]


def test_the_class_of_a_foreign_sound_is_not_taken_for_the_clips(read):
    swapped = {"file": f"Y{ID}_repDiff_Frying_food_0.mp4", "start": 30, "answer": "Frying food"}
    assert "the class of the audio swapped in from another clip" in only_reason(read([swapped, BIRD]))


def test_the_counterparts_of_a_clip_are_merged(read):
    swapped = {"file": f"Y{ID}_repDiff_Door_0.mp4", "start": 30.0, "visual_class": "Canidae", "audio_class": "Door"}
    published = read([CLIP, swapped, BIRD, CLIP])
    assert [c.youtube_id for c in published.clips] == [ID, OTHER]
    assert (published.merged, published.unreadable) == (2, [])


def test_two_segments_of_one_recording_are_two_clips(read):
    assert [c.clip_id for c in read([CLIP, {**CLIP, "start": 70, "end": 80}]).clips] == [f"{ID}_30000", f"{ID}_70000"]


@pytest.mark.parametrize("change", [{"label": "Bird"}, {"split": "train"}, {"end": 39}])
def test_of_two_entries_that_contradict_each_other_the_second_is_unreadable(read, change):
    published = read([CLIP, {**CLIP, **change}])
    assert [(c.class_name, c.split, c.end_seconds) for c in published.clips] == [("Canidae", "test", 40.0)]
    assert published.merged == 0
    assert [u.where for u in published.unreadable] == [".[1]"]
    assert ".[0]" in only_reason(published)


def test_ids_that_differ_only_in_case_cannot_be_two_files(read):
    assert "would name the same file" in only_reason(read([CLIP, {**CLIP, "youtube_id": ID.lower()}]))


def test_a_key_that_occurs_twice_is_told(read):
    text = json.dumps({ID: without(CLIP, "youtube_id")})
    published = read(f'{text[:-1]}, "version": 1, {text[1:]}'.encode())
    assert len(published.clips) == 1
    assert f"the key '{ID}' occurs more than once" in only_reason(published)


def test_a_key_that_occurs_twice_in_a_line_is_told_once(read):
    line = json.dumps(CLIP)
    published = read(f'{line[:-1]}, "start": 30}}\n{json.dumps(BIRD)}'.encode())
    assert len(published.clips) == 2
    assert "the key 'start' occurs more than once" in only_reason(published)


def test_the_name_of_the_whole_list_is_not_taken_for_a_class(refused):
    assert "no field for a class" in refused(json.dumps({"mma_bench": [without(CLIP, "label")]}).encode())


def test_what_stands_beside_clips_by_id_is_named_if_it_is_not_used(read):
    assert read({"version": 1, "name": "MMA-Bench", "clips": BY_ID}).ignored == ["version", "name"]
    assert read({"version": 1, ID: CLIP, OTHER: BIRD}).ignored == ["version", "its key"]


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([CLIP, {"label": "a"}], ".[1]"),
        ([CLIP, {"remark": "a"}], ".[1]"),
        ([CLIP, {}], ".[1]"),
        ([CLIP, 5], ".[1]"),
        ([CLIP, [ID, 30, 40, "Canidae"]], ".[1]"),
        ({"test": [CLIP], "train": [{"label": "a"}]}, ".train[0]"),
        ({ID: CLIP, OTHER: {"label": "a"}}, f'.["{OTHER}"]'),
        ({"youtube_id": [ID, OTHER], "start": [30, None], "label": ["a", "b"]}, "row 1"),
    ],
)
def test_every_entry_is_a_clip_or_has_a_place_and_a_reason(read, document, where):
    published = read(document)
    assert len(published.clips) == 1
    assert [u.where for u in published.unreadable] == [where]
    assert only_reason(published)


def test_a_reading_says_which_field_it_took_for_what_and_which_for_nothing(read):
    published = read([CLIP, {"ytid": OTHER, "segment": "0:05-0:15", "class": "Bird", "caption": "a bird"}])
    assert published.recognised == {
        "YouTube id": "youtube_id (1), ytid (1)",
        "start": "start",
        "start and end": "segment",
        "end": "end",
        "class": "label (1), class (1)",
        "split": "test, as nothing says otherwise",
    }
    assert published.ignored == ["caption"]


def test_no_text_of_the_list_can_command_a_terminal(read):
    published = read([CLIP, {"start": 1, "\x1b[2Jx": 1, "id": "\x1b]0;x\x07", "label": "\x1b[31m"}])
    told = [*published.ignored, *published.recognised.values(), *(u.where + u.why for u in published.unreadable)]
    assert len(published.unreadable) == 1
    assert "\x1b" not in "".join(told)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "not JSON"),
        (b"<!DOCTYPE html>", "<!DOCTYPE html>"),
        (json.dumps([CLIP, BIRD], indent=1)[:-20].encode(), "not JSON"),
        (json.dumps([CLIP, BIRD]).replace("}, ", "},\n")[:-1].encode(), "not JSON"),  # a list that was cut off
        (b"\xff\xff\xff", "codec"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply"),
        (b"[]", "from []"),
        (b"{}", "from {}"),
        (b"3", "from 3"),
        (b'{"frames": {"fps": 25}, "more": [1]}', "from {'frames': {'fps': 25}, 'more': [1]}"),
        (b'[{"link_to": "x", "remark": "y"}]', "from [{'link_to': 'x', 'remark': 'y'}]"),
        (b'{"id": ["3CZ1i2_tKn0", "-0gX_abcdE1"], "start": [1]}', "'id' has 2 values, but 'start' has 1"),
    ],
)
def test_what_is_no_list_of_clips_is_refused_with_what_was_found_and_what_to_do(refused, content, found):
    message = refused(content)
    assert found in message
    assert "expected JSON or JSON Lines" in message
    assert "rename its fields" in message


def test_a_list_of_which_no_entry_can_be_read_is_refused_with_the_reasons(refused):
    entries = [without(CLIP, "start"), without(BIRD, "start"), without(CLIP, "label")]
    message = refused(json.dumps(entries).encode())
    assert "2 x no start" in message
    assert "1 x no field for a class, such as .[2]: fields youtube_id, start, end" in message


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(SourceError, match="No such file"):
        read_published_list(Path("nowhere.json"))
