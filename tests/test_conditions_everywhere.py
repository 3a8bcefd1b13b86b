"""The conditions are written again where code cannot import them; these copies agree with `CONDITIONS`."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from mma_accuracy import outcomes
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.dataset.contact_sheet.page import ACCENTS
from mma_space.page.endpoints import ConditionName

ROOT = Path(__file__).parents[1]


def test_the_metric_knows_them_in_their_order() -> None:
    assert tuple(CONDITIONS) == outcomes.CONDITIONS


def test_the_metric_knows_which_modalities_are_absent() -> None:
    absent = {(name, "visual") for name, condition in CONDITIONS.items() if not condition.visual_present}
    absent |= {(name, "audio") for name, condition in CONDITIONS.items() if not condition.audio_present}
    assert absent == outcomes.ABSENT


def test_each_has_a_colour() -> None:
    assert set(ACCENTS) == set(CONDITIONS)


def test_the_endpoints_of_the_space_take_them_and_work_by_hand() -> None:
    assert get_args(ConditionName) == (*CONDITIONS, "by hand")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_lmms_eval_has_a_task_for_each_question(condition: str) -> None:
    tasks = files("mma_eval") / "lmms_eval" / "tasks"
    for prompt in ("visual", "audio"):
        assert (tasks / f"mma_bench_{condition}_{prompt}.yaml").is_file()
        assert f"mma_bench_{condition}_{prompt}" in (tasks / "mma_bench.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["README.md", "cards/mma_cards/templates/metric.md.jinja"])
def test_texts_name_each(text: str) -> None:
    written = (ROOT / text).read_text(encoding="utf-8")
    assert [name for name in CONDITIONS if name not in written] == []
