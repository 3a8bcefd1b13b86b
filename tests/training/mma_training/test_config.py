"""Configurations: those that ship are the paper's, and faults are named where they are."""

from pathlib import Path

import pytest

from mma_training.config import SHIPPED, load_config
from mma_training.errors import ConfigError


@pytest.mark.parametrize("name", SHIPPED)
def test_every_configuration_that_ships_is_valid(name: str) -> None:
    assert load_config(name).base.name


def test_the_full_size_configuration_is_the_papers_recipe() -> None:
    config = load_config("qwen2_5_omni_7b")
    o = config.optimisation
    assert config.base.name == "Qwen/Qwen2.5-Omni-7B"
    assert (config.lora.rank, config.lora.targets) == (8, "all")
    assert (o.learning_rate, o.schedule, o.warmup, o.epochs) == (1e-4, "cosine", 0.1, 5)
    assert (o.batch, o.accumulation) == (4, 4)
    assert config.validation.questions == 1000
    assert config.data.balance


def test_the_command_line_overrides_single_values() -> None:
    config = load_config("qwen2_5_omni_7b", ["lora.targets=qv", "optimisation.learning_rate=5e-5", "report_to=[wandb]"])
    assert (config.lora.targets, config.optimisation.learning_rate, config.report_to) == ("qv", 5e-5, ("wandb",))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("lora.rnak=8", r"lora\.rnak: unknown key; did you mean rank\? Expected one of rank, alpha, dropout, targets"),
        ("lora.colour=8", r"lora\.colour: unknown key; expected one of rank"),
        ("lorra.rank=8", r"lorra: unknown key; did you mean lora\? Expected one of base, lora, data"),
        ("lora.rank=eight", r"lora\.rank: 'eight' is invalid; expected a whole number"),
        ("lora.rank=0", r"lora\.rank: 0 is invalid; expected at least 1"),
        ("lora.targets=everything", r"lora\.targets: 'everything' is invalid; expected 'all', 'attention' or 'qv'"),
        (
            "optimisation.precision=int8",
            r"optimisation\.precision: 'int8' is invalid; expected 'bf16', 'fp16' or 'fp32'",
        ),
        ("lora.rank=", r"lora\.rank: empty; expected a whole number"),
        ("data.balance=maybe", r"data\.balance: 'maybe' is invalid; expected true or false"),
        ("report_to=wandb", r"report_to: 'wandb' is invalid; expected a list$"),
        ("data.conditions=[]", r"data\.conditions: \[\] is invalid; expected a non-empty list"),
        (
            "data.conditions=[all]",
            r"tiny_omni:\n  data\.conditions\.0: 'all' is invalid; expected 'aligned' or 'misaligned'$",
        ),
        (
            "data.unseen_classes=half",
            r"data\.unseen_classes: 'half' is invalid; expected a number or a list of classes$",
        ),
        ("optimisation.epochs=0", r"optimisation\.epochs: 0 is invalid; expected more than 0"),
        ("data.split=test", "data.split is test, which is for evaluation only"),
        ("base.attention=flash_attention_2 ", "optimisation.pack needs base.attention sdpa, found flash_attention_2"),
        ("lora=8", r"lora: 8 is invalid; expected a section with keys rank, alpha"),
        ("lora.rank", r"--set lora\.rank: .*; expected section\.key=value"),
    ],
)
def test_a_fault_is_named_with_its_place(override: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config("tiny_omni", [override])


def test_several_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        load_config("tiny_omni", ["lora.rank=0", "lora.alpha=0"])
    assert "lora.rank" in str(raised.value)
    assert "lora.alpha" in str(raised.value)


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("base: {name: org/omni}\noptimisation: {learning_rate: 1e-4}\n")
    assert load_config(file).optimisation.learning_rate == 1e-4


@pytest.mark.parametrize(
    ("text", "said"),
    [("base: [", "invalid YAML"), ("- 1", "not a YAML mapping"), ("lora: {rank: 8}", "base: missing")],
)
def test_a_file_that_is_no_configuration_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_config(file)


def test_a_name_that_is_none_lists_those_that_ship() -> None:
    with pytest.raises(ConfigError, match=r"qwen2_5_omni_7b, qwen3_omni_30b, tiny_omni\); did you mean tiny_omni\?"):
        load_config("tiny_omn")
