"""Tables of Cohen's d: whether attention follows the question, and what makes it follow more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mma_cards.reported import reported_attention
from mma_eval.attention.by_clip import Measure, by_clip, mean
from mma_eval.attention.effect_size import Separation, separation, separation_change
from mma_eval.attention.record import Records
from mma_eval.report.attention.measures import BY_LAYER, HEADS_ALIKE
from mma_eval.report.attention.numbers import at, farthest, interval, spaced
from mma_eval.report.attention.runs import Measured
from mma_eval.report.page import Row, Table


def following_table(runs: Sequence[Measured]) -> Table:
    """Whether attention moves to what is asked about, in each run and condition that both questions were asked in."""
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
    """Whether attention follows the question more under conflict, and more after tuning."""
    sides = [(f"{run.name}: misaligned less aligned", run.of("aligned"), run.of("misaligned")) for run in runs]
    sides += [
        (f"{tuned.name} less {base.name}: {spaced(condition)}", base.of(condition), tuned.of(condition))
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


def _following(run: Measured, condition: str) -> Iterator[Row]:
    for words, measure in (BY_LAYER["rule"], HEADS_ALIKE, BY_LAYER["video"], BY_LAYER["audio"]):
        found = separation(run.of(condition), measure)
        if found is not None:
            asked = _asked(run, condition, measure, farthest(found.places))
            yield Row([run.name, spaced(condition), words, f"{found.places.clips:,}", *_d(found), *asked])


def _asked(run: Measured, condition: str, measure: Measure, layer: int | None) -> list[str]:
    """The share in a layer when the picture, and when the sound is asked about."""
    if layer is None:
        return ["-", "-"]
    shares = [mean(by_clip(run.of(condition, prompt), measure)) for prompt in ("visual", "audio")]
    return [interval(at(of, layer), scale=100) for of in shares]


def _changes(what: str, first: Records, second: Records) -> Iterator[Row]:
    for words, measure in BY_LAYER.values():
        found = separation_change(first, second, measure)
        if found is not None:
            clips = f"{found.places.clips:,}"
            if found.left_out:
                clips += f" of {found.places.clips + found.left_out:,}"
            yield Row([what, words, clips, *_d(found)])


def _d(found: Separation) -> list[str]:
    """The mean over layers, the number farthest from 0, and its layer."""
    layer = farthest(found.places)
    if layer is None:
        return ["-", "-", "-"]
    return [interval(found.mean, digits=2), interval(at(found.places, layer), digits=2), str(layer + 1)]
