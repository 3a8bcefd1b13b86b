"""Attention in numbers: to what it is paid, and how far it follows the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_bench.conditions import CONDITIONS
from mma_cards.reported import reported_attention
from mma_eval.attention.by_clip import Estimate, by_clip, mean
from mma_eval.attention.effect_size import Separation, separation, separation_change
from mma_eval.attention.indices import dominance_of, efficiency_of
from mma_eval.attention.record import MODALITIES, AttentionRecord, Records
from mma_eval.attention.shares import of_all, renormalised, video_by_layer_heads_alike
from mma_eval.report.page import Row, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Measured:
    """A run whose attention was kept."""

    name: str
    records: Records

    def of(self, condition: str, prompt: str | None = None) -> list[AttentionRecord]:
        """Its answers in a condition, to both questions or to one."""
        return [r for r in self.records if r.condition == condition and prompt in (None, r.prompt)]

    @property
    def shape(self) -> tuple[int, ...]:
        """Layers and heads of the model."""
        return self.records[0].shares.shape[:2]

    @property
    def conditions(self) -> list[str]:
        """Those that there are answers in, in the benchmark's order."""
        there = {record.condition for record in self.records}
        return [name for name in CONDITIONS if name in there]


def share_tables(runs: Sequence[Measured], *, comparable: bool) -> list[Table]:
    """What attention is paid to, beside what the paper reports of text.

    Args:
        runs: on one dataset.
        comparable: whether the clips are recordings, as the paper's; else its numbers stand in a table of their own.
    """
    columns = [
        "run", "condition", "clips", *(f"{name}, %" for name in reversed(MODALITIES)),
        "MDI", *(f"AEI {name}" for name in reversed(MODALITIES)),
    ]  # fmt: skip
    rows = [_shares(run, condition) for run in runs for condition in run.conditions]
    said = [r for r in reported_attention() if r.measure == "text_percent"]
    notes = [f"{r.model}, {r.source.removeprefix('paper ')}: {r.note}" for r in said]
    reported = [
        Row([f"{r.model} ({number})", "", "100", f"{r.value:g}", *[""] * 6], "reported")
        for number, r in enumerate(said, 1)
    ]
    caption = (
        "Share of the attention that the answer's tokens pay to all tokens before them, mean over layers, heads and "
        "answers about a clip, then over clips, with 95 % bootstrap intervals (clips drawn). MDI: attention per text "
        "token over attention per other token; AEI: share of attention over share of tokens (arXiv 2508.10552); 1 is "
        "even. It cannot show how much the text decides: in most language models much attention rests on the "
        "first tokens whatever they say, and text is all that is neither picture nor sound, the answer so far included."
    )
    title = "Where attention goes"
    if comparable:
        note = " Rows in italics: as reported in the paper, on other answers."
        return [Table(title, columns, [*rows, *reported], caption + note, notes)]
    apart = "Section 4.2, on recordings from AudioSet: not comparable with results on drawn clips."
    papers = Table(
        f"{title}: what the paper reports", ["model", "text, %"],
        [Row([r.cells[0], r.cells[3]], "reported") for r in reported], apart, notes, folded=True,
    )  # fmt: skip
    return [Table(title, columns, rows, caption), papers]


def following_table(runs: Sequence[Measured]) -> Table:
    """Whether attention moves to what is asked about, in each run and condition that both questions were asked in."""
    rows = [row for run in runs for condition in run.conditions if (row := _following(run, condition)) is not None]
    peaks = {r.measure: f"{r.value:.0f}" for r in reported_attention() if r.measure.startswith("peak")}
    return Table(
        "Does attention follow the question?",
        [
            "run",
            "condition",
            "clips",
            "video's share: picture asked",
            "sound asked",
            "mean d",
            "heads alike",
            "peak d",
            "at layer",
        ],
        rows,
        "Of the attention that video and audio get together, the video's share in % under either question, and "
        "Cohen's d between the two (section 4.2; positive: it follows the question), mean over layers and in the layer "
        "where it is farthest from 0; 95 % bootstrap intervals, clips drawn. That layer was picked for being the "
        "farthest, which its interval does not know. Heads alike: text is left out in each head before heads are "
        "averaged, not after; which the paper did it does not say. In the paper, misaligned, Qwen2.5-Omni-7B peaks at "
        f"layer {peaks['peak_layer_video']} for video and {peaks['peak_layer_audio']} for audio.",
    )


def change_table(runs: Sequence[Measured], pairs: Sequence[tuple[Measured, Measured]]) -> Table | None:
    """Whether attention follows the question more under conflict, and more after tuning."""
    rows = [
        _change(f"{run.name}: misaligned less aligned", run.of("aligned"), run.of("misaligned")) for run in runs
    ] + [
        _change(f"{tuned.name} less {base.name}: {_spaced(condition)}", base.of(condition), tuned.of(condition))
        for base, tuned in pairs
        for condition in base.conditions
    ]
    found = [row for row in rows if row is not None]
    if not found:
        return None
    return Table(
        "What makes attention follow the question more",
        ["difference of d", "clips", "mean over layers", "largest", "at layer"],
        found,
        "Differences of Cohen's d, mean over layers and in the layer where they are farthest from 0, with 95 % "
        "bootstrap intervals (a clip is drawn for both sides at once). Section 4.2 finds d larger under misalignment, "
        "section 5.2.1 larger after tuning; neither gives intervals. Not corrected for the number of rows "
        f"({len(found)}).",
    )


def interval(found: Estimate, *, scale: float = 1, digits: int = 1) -> str:
    """A number with its interval, where it has one.

    >>> interval(Estimate(np.array(0.812), np.array(0.801), np.array(0.824), 100), scale=100)
    '81.2 [80.1, 82.4]'
    """
    value, low, high = (scale * float(of) for of in (found.value, found.low, found.high))
    if np.isnan(value):
        return "-"
    words = [f"{round(number, digits) + 0.0:.{digits}f}" for number in (value, low, high)]  # + 0.0: -0.0 becomes 0.0
    return words[0] if np.isnan(low) else f"{words[0]} [{words[1]}, {words[2]}]"


def _shares(run: Measured, condition: str) -> Row:
    records = run.of(condition)
    shares, efficiency = mean(by_clip(records, of_all)), mean(by_clip(records, efficiency_of))
    dominance = mean(by_clip(records, dominance_of))
    backwards = range(len(MODALITIES))[::-1]
    return Row(
        [
            run.name,
            _spaced(condition),
            f"{shares.clips:,}",
            *(interval(_at(shares, k), scale=100) for k in backwards),
            interval(dominance, digits=2),
            *(interval(_at(efficiency, k), digits=2) for k in backwards),
        ]
    )


def _following(run: Measured, condition: str) -> Row | None:
    found = separation(run.of(condition))
    alike = separation(run.of(condition), video_by_layer_heads_alike)
    if found is None or alike is None:
        return None
    shares = [mean(by_clip(run.of(condition, prompt), _video)) for prompt in ("visual", "audio")]
    means = [interval(of.mean, digits=2) for of in (found, alike)]
    cells = [run.name, _spaced(condition), f"{found.places.clips:,}", *(interval(of, scale=100) for of in shares)]
    return Row([*cells, *means, *_peak(found)])


def _change(what: str, first: Records, second: Records) -> Row | None:
    found = separation_change(first, second)
    if found is None:
        return None
    return Row([what, f"{found.places.clips:,}", interval(found.mean, digits=2), *_peak(found)])


def _peak(found: Separation) -> tuple[str, str]:
    """The number farthest from 0, and its layer."""
    if np.isnan(found.places.value).all():
        return "-", "-"
    layer = int(np.nanargmax(abs(found.places.value)))
    return interval(_at(found.places, layer), digits=2), str(layer + 1)


def _at(found: Estimate, k: int) -> Estimate:
    return Estimate(found.value[k], found.low[k], found.high[k], found.clips)


def _video(record: AttentionRecord) -> NDArray[np.float64]:
    return renormalised(of_all(record))


def _spaced(condition: str) -> str:
    return condition.replace("_", " ")
