"""Metric class for the `evaluate` library, loaded by `evaluate.load("mma_accuracy")`."""

from typing import Any

import datasets
import evaluate

# `evaluate` copies only the modules imported by this file, not their imports. All are therefore imported here, and
# listed in `__all__` so that linters keep them.
from .abstaining import refuses
from .announcing import announced
from .ending import ENDED
from .forms import FORMS
from .intervals import wilson_interval
from .markup import normalised
from .mentions import lexicon
from .outcomes import judge
from .reading import read_answer
from .scoring import Scores, score
from .senses import senses_of

__all__ = [
    "ENDED",
    "FORMS",
    "MMAAccuracy",
    "announced",
    "judge",
    "lexicon",
    "normalised",
    "read_answer",
    "refuses",
    "score",
    "senses_of",
    "wilson_interval",
]

_DESCRIPTION = """\
Accuracy of a multimodal model that is asked about the picture or the sound of a clip whose sight, sound and text
conflict, and whom its other answers followed (MMA-Bench, arXiv 2511.22826).
"""

_CITATION = """\
@article{chen2025some,
  title={Some Modalities are More Equal Than Others: Decoding and Architecting Multimodal Integration in MLLMs},
  author={Chen, Tianle and Chakka, Chaitanya and Akula, Arjun Reddy and Thomas, Xavier and Ghadiyaram, Deepti},
  journal={arXiv preprint arXiv:2511.22826},
  year={2025}
}
"""


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, score.__doc__)
class MMAAccuracy(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Metric for the `evaluate` library; `compute` takes the arguments of `scoring.score`."""

    def compute(self, *, predictions: Any = None, references: Any = None, **columns: Any) -> Scores:
        """Score answers; arguments and result are those of `scoring.score`.

        Without `predictions`, score the answers collected by `add` and `add_batch`.
        """
        if predictions is None:
            collected: Scores = super().compute(**columns)
            return collected
        # Bypass the table of `evaluate`, which does not accept None for a missing answer.
        return score(predictions, references, **columns)

    def _info(self) -> evaluate.MetricInfo:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=score.__doc__ or "",
            features=datasets.Features({"predictions": text, "references": text}),
            reference_urls=["https://arxiv.org/abs/2511.22826"],
        )

    def _compute(self, predictions: list[str], references: list[str], **columns: Any) -> Scores:
        return score(predictions, references, **columns)
