"""Represent results from the paper and from metrics.json files by one type."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mma_accuracy.outcomes import ABSENT
from mma_cards.reported import reported_results
from mma_eval.scoring.metrics import Metrics

_RECORDINGS = "recordings from AudioSet, as reported"
_ABSENT = "there is nothing to see or hear: how often the class that was removed was named, which is not right"


@dataclass(frozen=True)
class Result:
    """A model's accuracy in one cell."""

    model: str
    condition: str
    """Condition with its variant, as in "frames_zeroed+abstain"."""
    prompt: str
    percent: float
    interval: tuple[float, float] | None
    """95 % interval in percent; None for the paper's results."""
    source: str
    clips: str
    """Description of the evaluated clips; results on different clips are never ranked together."""
    note: str
    outcomes: Mapping[str, float]
    """Rate of each outcome, 0 to 1; empty for the paper's results."""


def reported() -> Iterator[Result]:
    """Yield every result reported in the paper and on its website."""
    for r in reported_results():
        clips = _RECORDINGS if r.prompt else "AVHBench, another benchmark, as reported"
        note = "; ".join(filter(None, (r.note, absence(r.condition, r.prompt))))
        yield Result(r.model, r.condition, r.prompt or "other", r.percent, None, r.source, clips, note, {})


def measured(model: str, metrics: Metrics, source: str) -> Iterator[Result]:
    """Yield the cells of a metrics.json as results of `model`; `source` describes their origin."""
    partial = "only a part of the dataset was asked" if metrics.partial else ""
    kind = "drawn clips" if metrics.source == "synthetic" else "clips"
    clips = f"{kind} (dataset {(metrics.dataset_digest or '')[:8]})"
    for cell in metrics.cells:
        variant = "" if cell.variant == "plain" else f"+{cell.variant}"
        yield Result(
            model=model,
            condition=f"{cell.condition}{variant}",
            prompt=cell.prompt,
            percent=100 * cell.accuracy,
            interval=(100 * cell.ci_low, 100 * cell.ci_high),
            source=source,
            clips=clips,
            note="; ".join(filter(None, (partial, absence(cell.condition, cell.prompt)))),
            outcomes=cell.outcomes,
        )


def chosen(results: Sequence[Result], condition: str | None, prompt: str | None) -> list[Result]:
    """Select results by condition and prompt (None: all); if both are given, sort by accuracy for each set of clips."""
    found = [r for r in results if condition in (None, r.condition) and prompt in (None, r.prompt)]
    clips = list(dict.fromkeys(r.clips for r in found))
    return sorted(found, key=lambda r: (clips.index(r.clips), -r.percent)) if condition and prompt else found


def conditions_of(results: Sequence[Result]) -> list[str]:
    """List the distinct conditions in order of appearance."""
    return list(dict.fromkeys(r.condition for r in results))


def footnotes(results: Sequence[Result]) -> list[str]:
    """List the distinct notes on results; tables refer to them by number."""
    return list(dict.fromkeys(r.note for r in results if r.note))


def absence(condition: str, prompt: str) -> str:
    """Return the note on a result whose modality is absent, else an empty string.

    >>> absence("aligned", "visual"), absence("frames_zeroed", "visual")[:16]
    ('', 'there is nothing')
    """
    return _ABSENT if (condition, prompt) in ABSENT else ""
