"""Variables choose the settings of a Space."""

from pathlib import Path

import pytest

from mma_bench.core.errors import OptionsError
from mma_space.settings import Settings, for_this_machine, settings_of, variables_of


def test_variables_and_settings_are_each_others_inverse() -> None:
    settings = Settings("org/model", "org/adapter", "org/data", 12, Path("elsewhere"), 3, "org/metric")
    assert settings_of(variables_of(settings)) == settings
    assert settings_of({"PATH": "/bin", "MMA_DATA": ""}) == Settings()


@pytest.mark.parametrize("given", ["none", "-1", "0", "1.5"])
def test_a_number_that_is_none_is_named(given: str) -> None:
    with pytest.raises(OptionsError, match=f"MMA_CLIPS={given}"):
        settings_of({"MMA_CLIPS": given})


def test_without_a_gpu_the_small_model_takes_the_place_of_a_large_one() -> None:
    import torch

    wanted = settings_of({"MMA_MODEL": "Qwen/Qwen2.5-Omni-7B"})
    found, said = for_this_machine(wanted)
    if torch.cuda.is_available():
        assert (found, said) == (wanted, "")
    else:
        assert (found.model, found.adapter) == ("tiny-omni", "tiny-omni-mma")
        assert "Qwen/Qwen2.5-Omni-7B" in said
