"""checks.parquet is read back completely, and is also a manifest of the kept clips."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mma_bench.core.errors import SourceError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import ManifestNotes, read_manifest
from mma_bench.verification.checks_file import CHECKS, CheckAnswer, CheckedClip, Checks, read_checks, write_checks

YES, NO = CheckAnswer("yes", "Yes."), CheckAnswer("no", "No")
NOTES = ManifestNotes(funnel=Funnel(columns={}, steps=()), checks={"seed": 0})


def clip(name, class_name="Bird"):
    return ManifestClip(name, class_name, "test", 0.0, 10.0, url=f"https://example.org/{name}.mp4")


CHECKED = [
    CheckedClip(clip("good"), "", dict.fromkeys(CHECKS, YES), "Cat", dict.fromkeys(CHECKS, NO)),
    CheckedClip(
        clip("bad"),
        "no: audio_alone",
        dict.fromkeys(CHECKS, YES) | {"audio_alone": NO},
        "Cat",
        dict.fromkeys(CHECKS, NO) | {"visual_alone": CheckAnswer(None, error="timed out")},
    ),
    CheckedClip(clip("gone"), "missing_file"),
]


@pytest.fixture
def file(tmp_path):
    write_checks(tmp_path / "checks.parquet", Checks(CHECKED, NOTES))
    return tmp_path / "checks.parquet"


def changed(file, name, values):
    table = pq.read_table(file)
    at = table.schema.get_field_index(name)
    pq.write_table(table.set_column(at, name, pa.array(values, table.schema.field(name).type)), file)
    return file


def test_checks_come_back_as_they_were_written(file):
    assert read_checks(file) == Checks(CHECKED, NOTES)


def test_the_same_checks_give_the_same_bytes(file, tmp_path):
    write_checks(tmp_path / "again.parquet", read_checks(file))
    assert (tmp_path / "again.parquet").read_bytes() == file.read_bytes()


def test_read_as_a_manifest_it_has_the_kept_clips_only(file):
    assert read_manifest(file) == read_checks(file).kept()
    assert [c.clip_id for c in read_manifest(file).clips] == ["good"]


def test_where_none_is_kept_the_message_says_so(tmp_path):
    write_checks(tmp_path / "checks.parquet", Checks(CHECKED[1:]))
    with pytest.raises(SourceError, match="none of its 2 clips is kept; its column `reason` says why"):
        read_manifest(tmp_path / "checks.parquet")


def test_half_a_surrogate_pair_in_an_answer_does_not_cost_the_file(tmp_path):
    odd = CheckAnswer("unclear", "maybe \ud83d")
    write_checks(tmp_path / "c.parquet", Checks([CheckedClip(clip("a"), "unclear: audio_alone", {"audio_alone": odd})]))
    assert read_checks(tmp_path / "c.parquet").clips[0].answers["audio_alone"].text == "maybe \\ud83d"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("reason", ["", "", "missing_file"], "row 1: kept False with reason ''"),
        ("kept", [True, True, False], "row 1: kept True with reason 'no: audio_alone'"),
        ("kept", [True, None, False], "row 1: kept None"),
        ("visual_alone", [None, {"answer": "perhaps", "text": "", "error": None}, None], "row 1: answer 'perhaps'"),
        ("visual_alone", [None, {"answer": None, "text": "", "error": None}, None], "row 1: answer None with error"),
        ("visual_alone", [None, {"answer": "no", "text": "", "error": "x"}, None], "row 1: answer 'no' with error 'x'"),
    ],
)
def test_a_row_that_contradicts_itself_is_named(file, column, values, message):
    with pytest.raises(SourceError, match=message):
        read_checks(changed(file, column, values))


def test_a_plain_manifest_is_no_file_of_checks(tmp_path):
    columns = {name: [value] for name, value in zip(("id", "class", "split"), ("a", "Bird", "test"), strict=True)}
    pq.write_table(pa.table(columns | {"start_seconds": [0.0], "end_seconds": [1.0]}), tmp_path / "m.parquet")
    with pytest.raises(SourceError, match=r"no column .*control_class.*kept"):
        read_checks(tmp_path / "m.parquet")


def test_a_file_that_is_not_there_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(SourceError, match=r"no such file; .* write it with `mma-bench check`"):
        read_checks(tmp_path / "none.parquet")


def test_a_column_kept_that_holds_no_booleans_is_refused(file):
    pq.write_table(pq.read_table(file).drop(["kept"]).append_column("kept", pa.array(["yes", "no", "no"])), file)
    with pytest.raises(SourceError, match="cannot be read"):
        read_manifest(file)
