"""What attention is paid to, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from mma_cards.reported import reported_attention
from mma_eval.attention.by_clip import by_clip, mean
from mma_eval.attention.indices import dominance_of, efficiency_of
from mma_eval.attention.record import MODALITIES
from mma_eval.attention.shares import of_all
from mma_eval.report.attention.numbers import at, interval, spaced
from mma_eval.report.attention.runs import Measured
from mma_eval.report.page import Row, Table


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
        "even. An answer that looks at nothing but text has no finite MDI and is left out of it; where a clip has no "
        "other, the number of clips that have one stands beside the mean. It cannot show how much the text decides: in "
        "most language models much attention rests on the first tokens whatever they say, and text is all that is "
        "neither picture nor sound, the answer so far included."
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


def _shares(run: Measured, condition: str) -> Row:
    records = run.of(condition)
    shares, efficiency = mean(by_clip(records, of_all)), mean(by_clip(records, efficiency_of))
    dominance = mean(by_clip(records, dominance_of))
    backwards = range(len(MODALITIES))[::-1]
    return Row(
        [
            run.name,
            spaced(condition),
            f"{shares.clips:,}",
            *(interval(at(shares, k), scale=100) for k in backwards),
            interval(dominance, digits=2),
            *(interval(at(efficiency, k), digits=2) for k in backwards),
        ]
    )
