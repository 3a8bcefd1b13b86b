"""The table with the state of every clip, during a fetch and after it."""

import csv
from datetime import date

import pytest

from mma_bench.audioset.fetching.attrition import FETCH_COLUMNS, TABLE, FetchRecord, Journal, read_records
from mma_bench.core.errors import SourceError


def test_each_record_is_on_the_disk_at_once_and_in_the_end_the_table_has_one_row_per_clip_sorted(tmp_path):
    with Journal(tmp_path, {}) as journal:
        journal.add("b", "lost", reason="network", detail="timed\nout,  twice")
        assert read_records(tmp_path)["b"].detail == "timed out, twice"
        journal.add("a", "fetched", sha256="00ff")
        journal.add("b", "fetched", sha256="11ee")
    today = date.today().isoformat()
    assert (tmp_path / TABLE).read_text().splitlines() == [
        "id,status,reason,detail,date,sha256",
        f"a,fetched,,,{today},00ff",
        f"b,fetched,,,{today},11ee",
    ]


def test_a_line_that_was_never_finished_is_passed_over_and_gone_after_the_next_run(tmp_path):
    with Journal(tmp_path, {}) as journal:
        journal.add("a", "fetched", sha256="00ff")
    with (tmp_path / TABLE).open("a") as file:
        file.write("b,fetched,,,2026-01-0")
    assert list(read_records(tmp_path)) == ["a"]
    with Journal(tmp_path, read_records(tmp_path)) as journal:
        journal.add("c", "lost", reason="private", detail='says "no"')
    assert list(read_records(tmp_path)) == ["a", "c"]


def test_what_it_says_comes_back_as_it_was(tmp_path):
    record = FetchRecord("-a_30", "lost", "age", 'Sign in, "please"; ü', "2026-01-02", "")
    with Journal(tmp_path, {record.id: record}):
        pass
    assert read_records(tmp_path) == {"-a_30": record}


def test_no_table_is_no_record(tmp_path):
    assert read_records(tmp_path) == {}


def test_another_table_of_that_name_is_not_taken_for_ours(tmp_path):
    (tmp_path / TABLE).write_text("clip_id,status\na,kept\n")
    with pytest.raises(SourceError, match=r"unexpected columns .*; expected id,status,reason,detail,date,sha256"):
        read_records(tmp_path)


def test_the_columns_are_those_that_others_rely_on(tmp_path):
    with Journal(tmp_path, {}):
        pass
    with (tmp_path / TABLE).open(newline="") as file:
        assert next(csv.reader(file)) == list(FETCH_COLUMNS) == ["id", "status", "reason", "detail", "date", "sha256"]
