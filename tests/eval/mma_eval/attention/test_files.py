"""Stored attention is read back as it was written, and malformed or foreign files are refused."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from damaged_runs import with_field
from made_attention import write_measured_run
from mma_bench.core.files import StorageError
from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.files import AttentionFilesError, append_shard, read_attention, with_heat_map
from mma_eval.run.folder import ATTENTION
from mma_eval.run.store import PREDICTIONS


def record(seed: int = 0, **more: object) -> AnswerAttention:
    rng = np.random.default_rng(seed)
    layers, heads, tokens, keys = 3, 4, 2, 9
    shares = rng.dirichlet([1, 1, 1], (layers, heads)).astype(np.float32)
    values = {
        "id": f"clip-{seed}.misaligned", "clip_id": f"clip-{seed}", "donor_id": "donor", "condition": "misaligned",
        "prompt": "visual", "reference": "Bird", "other": "Rain", "answer": "A bird.", "outcome": "grounded",
        "shares": shares,
        "last_layer": rng.dirichlet(np.ones(keys), tokens).astype(np.float32),
        "keys": rng.integers(0, 3, keys).astype(np.int8),
        "lens_reference": -rng.random(layers, dtype=np.float32),
        "lens_other": -rng.random(layers, dtype=np.float32),
    }  # fmt: skip
    return AnswerAttention(**(values | more))


def test_a_record_comes_back_whole_and_the_heat_map_in_half_precision(tmp_path: Path) -> None:
    written = [record(), record(1, donor_id=None, other=None, lens_other=None)]
    write_measured_run(tmp_path, written)
    for before, after in zip(written, read_attention(tmp_path), strict=True):
        for field in fields(AnswerAttention):
            expected, found = getattr(before, field.name), getattr(after, field.name)
            if field.name == "last_layer":
                assert found.dtype == np.float32
                assert np.array_equal(found, expected.astype(np.float16).astype(np.float32))
            elif isinstance(expected, np.ndarray):
                assert found.dtype == expected.dtype
                assert np.array_equal(found, expected)
            else:
                assert found == expected


def test_shards_come_one_after_the_other(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record(k, prompt=p) for k in range(3) for p in ("visual", "audio")], clips_at_once=1)
    names = sorted(path.name for path in (tmp_path / ATTENTION).iterdir())
    assert names == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    assert [r.clip_id for r in read_attention(tmp_path)] == [f"clip-{k}" for k in (0, 0, 1, 1, 2, 2)]


@pytest.mark.parametrize("shards", [0, 1, 2, 3, 4, 5, 8, 31])
def test_the_next_shard_is_found_without_a_listing(shards: int, tmp_path: Path) -> None:
    (tmp_path / ATTENTION).mkdir()
    for number in range(shards):
        (tmp_path / ATTENTION / f"part-{number:05}.parquet").touch()
    assert append_shard(tmp_path, [record()]).name == f"part-{shards:05}.parquet"


def test_no_shard_is_written_over_where_one_was_taken_out(tmp_path: Path) -> None:
    there = [0, 1, 3, 4, 5]
    write_measured_run(tmp_path, [record(k) for k in (*there, 10, 11, 12)])
    shutil.rmtree(tmp_path / ATTENTION)
    made = [append_shard(tmp_path, [record(k)]) for k in range(6)]
    made[2].unlink()
    for k in range(3):
        append_shard(tmp_path, [record(10 + k)])
    assert {r.clip_id for r in read_attention(tmp_path)} == {f"clip-{k}" for k in (*there, 10, 11, 12)}


def test_without_heat_maps_all_else_is_there_and_one_can_be_had(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record(), record(1)])
    append_shard(tmp_path, [record(1, last_layer=np.zeros((3, 9), np.float32))])
    light, whole = read_attention(tmp_path, heat_maps=False), read_attention(tmp_path)
    assert [r.last_layer.shape for r in light] == [(0, 9), (0, 9)]
    for field in fields(AnswerAttention):
        if field.name != "last_layer":
            assert np.array_equal(getattr(light[0], field.name), getattr(whole[0], field.name))
    assert np.array_equal(with_heat_map(tmp_path, light[0]).last_layer, whole[0].last_layer)
    assert with_heat_map(tmp_path, light[1]).last_layer.shape == (3, 9)  # the later one
    with pytest.raises(AttentionFilesError, match="no attention for clip-7"):
        with_heat_map(tmp_path, record(7))


def test_of_two_rows_about_one_question_the_later_counts(tmp_path: Path) -> None:
    append_shard(tmp_path, [replace(record(), answer="as it was asked before a kill")])
    write_measured_run(tmp_path, [replace(record(), answer="Bird"), record(prompt="audio")])
    assert [(r.prompt, r.answer) for r in read_attention(tmp_path)] == [("visual", "Bird"), ("audio", "A bird.")]


def test_rows_whose_answers_were_not_written_down_do_not_count(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record()])
    append_shard(tmp_path, [record(1)])
    assert [r.clip_id for r in read_attention(tmp_path)] == ["clip-0"]


def test_what_is_no_file_of_ours_is_named(tmp_path: Path) -> None:
    with pytest.raises(AttentionFilesError, match=r"no attention/part-\*\.parquet; expected a folder written by"):
        read_attention(tmp_path)
    write_measured_run(tmp_path, [record()])
    next((tmp_path / ATTENTION).iterdir()).write_bytes(b"PAR1 and no more")
    with pytest.raises(AttentionFilesError, match=r"part-00000\.parquet: cannot be read"):
        read_attention(tmp_path)


def test_the_attention_of_another_answer_is_refused(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record(), record(prompt="audio")])
    lines = (tmp_path / PREDICTIONS).read_text().splitlines(keepends=True)
    (tmp_path / PREDICTIONS).write_text(lines[0] + lines[1].replace("A bird.", "Rain"))
    with pytest.raises(
        AttentionFilesError,
        match=r"clip-0\.misaligned, audio question, .*expected 'Rain'.*found 'A bird\.'.*--overwrite",
    ):
        read_attention(tmp_path)


def test_an_answer_without_attention_is_refused(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record(), record(1)])
    lines = (tmp_path / PREDICTIONS).read_text().splitlines(keepends=True)
    (tmp_path / PREDICTIONS).write_text("".join([*lines, lines[1].replace("clip-1", "clip-2")]))
    with pytest.raises(AttentionFilesError, match=r"no attention for 1 answers in predictions\.jsonl.*clip-2"):
        read_attention(tmp_path)


def test_attention_beside_a_run_that_kept_none_is_refused(tmp_path: Path) -> None:
    write_measured_run(tmp_path, [record()])
    with_field(tmp_path, "recorded", ...)
    with pytest.raises(AttentionFilesError, match=r"run\.json: recorded.* expected .*attention.*, found None.* Delete"):
        read_attention(tmp_path)


def test_other_tools_can_read_them(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    append_shard(tmp_path, [record()])
    row = pq.read_table(tmp_path / ATTENTION).to_pylist()[0]
    assert (row["layers"], row["heads"], row["tokens"]) == (3, 4, 2)
    assert len(row["shares"]) == 3 * 4 * 3
    assert len(row["last_layer"]) == 2 * 9
    assert row["clip_id"] == "clip-0"


def test_a_full_disk_is_said_and_leaves_no_half_shard(small_disk: Path) -> None:
    keys = 1_000_000
    rng = np.random.default_rng(0)
    large = record(keys=rng.integers(0, 3, keys).astype(np.int8), last_layer=rng.random((2, keys)).astype(np.float32))
    write_measured_run(small_disk, [record()])
    with pytest.raises(StorageError, match="no space left"):
        append_shard(small_disk, [large])
    assert [path.name for path in (small_disk / ATTENTION).iterdir()] == ["part-00000.parquet"]
    assert len(read_attention(small_disk)) == 1
