"""Tabulate attention: shares by modality, shifts between questions, and changes under conflict and tuning."""

from collections.abc import Iterator, Sequence

import numpy as np

from mma_cards.reported import reported_attention
from mma_eval.attention.answers import MODALITIES, AnswerAttention, dominance, efficiency, of_all
from mma_eval.attention.by_clip import BootstrapEstimate, by_clip, mean
from mma_eval.attention.effect_size import Separation, separation, separation_change
from mma_eval.report.attention.measured import BY_LAYER, EQUAL_HEADS, Measured
from mma_eval.report.page import Row, Table


def share_tables(runs: Sequence[Measured], *, comparable: bool) -> list[Table]:
    """Tabulate attention shares by modality, beside the text shares that the paper reports.

    If the clips are not recordings, `comparable` is False and the paper's numbers get a separate table.
    """
    columns = [
        "run", "condition", "clips", *(f"{name}, %" for name in reversed(MODALITIES)),
        "MDI", *(f"AEI {name}" for name in reversed(MODALITIES)),
    ]  # fmt: skip
    rows = [_shares(run, condition) for run in runs for condition in run.conditions]
    papers = [r for r in reported_attention() if r.measure == "text_percent"]
    notes = [f"{r.model}, {r.source.removeprefix('paper ')}: {r.note}" for r in papers]
    texts = [(f"{r.model} ({number})", f"{r.value:g}") for number, r in enumerate(papers, 1)]
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
        reported = [Row([model, "", "100", text, *[""] * 6], "reported") for model, text in texts]
        return [Table(title, columns, [*rows, *reported], caption + note, notes)]
    not_comparable = "Section 4.2, on recordings from AudioSet: not comparable with results on drawn clips."
    apart = Table(
        f"{title}: what the paper reports", ["model", "text, %"],
        [Row(cells, "reported") for cells in texts], not_comparable, notes, folded=True,
    )  # fmt: skip
    return [Table(title, columns, rows, caption), apart]


def following_table(runs: Sequence[Measured]) -> Table:
    """Tabulate Cohen's d for each run and condition in which both questions were asked."""
    peaks = {r.measure: f"{r.value:.0f}" for r in reported_attention() if r.measure.startswith("peak")}
    return Table(
        "Does attention follow the question?",
        ["run", "condition", "share of", "clips", "mean d", "peak d", "at layer", "picture asked, %",
         "sound asked, %"],
        [row for run in runs for condition in run.conditions for row in _following(run, condition)],
        "Cohen's d of a share of attention between the visual and the audio question, mean over layers and in the "
        "layer where it is farthest from 0, with that layer's share under either question; 95 % bootstrap intervals, "
        "clips drawn. The layer was picked for being the farthest, which its interval does not know. Above 0 a share "
        "is larger when the picture is asked about: attention follows the question where video's d is above 0 and "
        "audio's is below. Among video and audio, text left out (section 4.2), the two shares sum to 1, so that one "
        "of them seems to lose whatever the other gains: whether it does is seen among all tokens. Heads alike: text "
        "is left out in each head before heads are averaged, not after; which the paper did it does not say. A clip "
        "that looks at text only in some layer is absent there; where clips are, their number stands beside d. In the "
        f"paper, misaligned, Qwen2.5-Omni-7B peaks at layer {peaks['peak_layer_video']} for video and "
        f"{peaks['peak_layer_audio']} for audio.",
    )  # fmt: skip


def change_table(runs: Sequence[Measured], pairs: Sequence[tuple[Measured, Measured]]) -> Table | None:
    """Tabulate the change in Cohen's d under conflict and after tuning; return None if nothing can be compared."""
    sides = [(f"{run.name}: misaligned less aligned", run.select("aligned"), run.select("misaligned")) for run in runs]
    sides += [
        (f"{tuned.name} less {base.name}: {spaced(condition)}", base.select(condition), tuned.select(condition))
        for base, tuned in pairs
        for condition in base.conditions
    ]
    rows = [row for side in sides for row in _changes(*side)]
    if not rows:
        return None
    return Table(
        "What makes attention follow the question more",
        ["difference of d", "share of", "clips", "mean over layers", "largest", "at layer"],
        rows,
        "Differences of Cohen's d, mean over layers and in the layer where they are farthest from 0, with 95 % "
        "bootstrap intervals (a clip is drawn for both sides at once). Only questions that both sides were asked about "
        "the same clips are compared; where clips are left out for that, the table says of how many. Section 4.2 finds "
        "d larger under misalignment, section 5.2.1 larger after tuning; neither gives intervals. Not corrected for "
        f"the number of rows ({len(rows)}).",
    )


def interval(found: BootstrapEstimate, *, scale: float = 1, digits: int = 1) -> str:
    """Format an estimate with its interval, if any, and with its clip count if some clips lack a value.

    >>> interval(BootstrapEstimate(np.array(0.812), np.array(0.801), np.array(0.824), 100, np.array(100)), scale=100)
    '81.2 [80.1, 82.4]'
    >>> interval(BootstrapEstimate(np.array(0.812), np.array(0.801), np.array(0.824), 100, np.array(98)), digits=2)
    '0.81 [0.80, 0.82], 98 clips'
    """
    value, low, high = (scale * float(of) for of in (found.value, found.low, found.high))
    if np.isnan(value):
        return "-"
    words = [rounded(number, digits) for number in (value, low, high)]
    number = words[0] if np.isnan(low) else f"{words[0]} [{words[1]}, {words[2]}]"
    return number if found.present == found.clips else f"{number}, {int(found.present):,} clips"


def rounded(number: float, digits: int) -> str:
    """Format a number with fixed decimals, never as -0.

    >>> rounded(-0.001, 2), rounded(-0.01, 2)
    ('0.00', '-0.01')
    """
    return f"{round(float(number), digits) + 0.0:.{digits}f}"


def spaced(condition: str) -> str:
    """Replace the underscores in a condition's name with spaces."""
    return condition.replace("_", " ")


def _shares(run: Measured, condition: str) -> Row:
    answers = run.select(condition)
    shares, text_dominance, by_token = (mean(by_clip(answers, of)) for of in (of_all, dominance, efficiency))
    percent = [interval(shares.at(k), scale=100) for k in range(len(MODALITIES))]
    indices = [interval(by_token.at(k), digits=2) for k in range(len(MODALITIES))]
    named = [run.name, spaced(condition), f"{shares.clips:,}"]
    return Row([*named, *reversed(percent), interval(text_dominance, digits=2), *reversed(indices)])


def _following(run: Measured, condition: str) -> Iterator[Row]:
    for words, measure in (BY_LAYER["rule"], EQUAL_HEADS, BY_LAYER["video"], BY_LAYER["audio"]):
        found = separation(run.select(condition), measure)
        if found is not None:
            layer = found.places.farthest()
            asked = [mean(by_clip(run.select(condition, prompt), measure)) for prompt in ("visual", "audio")]
            shares = ["-" if layer is None else interval(of.at(layer), scale=100) for of in asked]
            yield Row([run.name, spaced(condition), words, f"{found.places.clips:,}", *_d(found), *shares])


def _changes(what: str, first: Sequence[AnswerAttention], second: Sequence[AnswerAttention]) -> Iterator[Row]:
    for words, measure in BY_LAYER.values():
        found = separation_change(first, second, measure)
        if found is not None:
            of = f" of {found.places.clips + found.left_out:,}" if found.left_out else ""
            yield Row([what, words, f"{found.places.clips:,}{of}", *_d(found)])


def _d(found: Separation) -> list[str]:
    """Format Cohen's d: its mean over layers, the value farthest from 0, and the layer of that value."""
    layer = found.places.farthest()
    if layer is None:
        return ["-", "-", "-"]
    return [interval(found.mean, digits=2), interval(found.places.at(layer), digits=2), str(layer + 1)]
