"""Assemble the report section on one dataset and split."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from mma_accuracy.reading import READING
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_eval.report.attention.section import read_attention_section
from mma_eval.report.comparison import bases_and_tuned, comparisons
from mma_eval.report.failures import Media
from mma_eval.report.failures import failures as failures_of
from mma_eval.report.page import Picture, Row, Section, Table, svg_picture
from mma_eval.report.paper_tables import paper_tables
from mma_eval.report.pictures.charts import in_words, stacked_bars
from mma_eval.report.pictures.heat_maps import confusion_map
from mma_eval.report.readings import reading_tables
from mma_eval.report.runs import Run, cell_of, scope_of

_VIDEO_BYTES = 3_000_000
"""Limit on the total size of the clips in a section, in bytes."""
_NOT_NAMED = "none named"
_DRAWN = "The clips are drawn and synthesised: these results are not results on the paper's clips."
_NO_MEDIA = "The dataset is not where the runs found it, so failures are shown without media."


def make_section(runs: Sequence[Run], pairs: Sequence[tuple[Run, Run]], failures: int) -> Section:
    """Assemble the section on the runs of one dataset and split."""
    data = runs[0].record.data
    drawn = data.source == "synthetic"
    chosen = [pair for pair in pairs if pair[0] in runs and pair[1] in runs]
    key = f"{data.digest[:8]}-{data.split}"  # pictures of all sections share a folder
    media = Media(Path(runs[0].record.folder), data.digest, video_bytes=_VIDEO_BYTES)
    return Section(
        title=f"{'Drawn' if drawn else 'Recorded'} clips, split {data.split}",
        introduction=[
            f"{len(data.classes)} classes; dataset {data.digest[:12]}; {len(runs)} run{'s' if len(runs) > 1 else ''}.",
            *([_DRAWN] if drawn else []),
            *(f"{run.name}: {scope}." for run in runs if not run.record.partial and (scope := scope_of(run.record))),
        ],
        headlines=[line for run in runs if (line := _headline(run))],
        warnings=[*(w for run in runs for w in _warnings(run)), *([] if media.data else [_NO_MEDIA])],
        summary=_summary(runs),
        outcome_bars=_named(key, _outcome_bars(runs)),
        pair_bars=_named(key, _pair_bars(runs)),
        paper=paper_tables(runs, comparable=not drawn),
        comparisons=comparisons(runs, chosen),
        attention=read_attention_section(
            runs, chosen or list(bases_and_tuned(runs)), key=f"attention-{key}", comparable=not drawn
        ),
        readings=list(reading_tables(runs)),
        classes=[_per_class(run) for run in runs],
        confusions=_named(key, (picture for k, run in enumerate(runs) for picture in _confusions(run, k))),
        costs=_costs(runs),
        failures=[(run.name, failures_of(run, media, per_cell=failures, number=k)) for k, run in enumerate(runs)],
        provenance=[_provenance(run) for run in runs],
    )


def _named(key: str, pictures: Iterable[Picture]) -> list[Picture]:
    return [replace(picture, name=f"{key}-{picture.name}") for picture in pictures]


def _headline(run: Run) -> str | None:
    visual, audio = (run.cell("misaligned", prompt, "plain") for prompt in PROMPTS)
    if visual is None or audio is None:
        return None
    seen, heard = (
        [f"{100 * cell.outcomes[outcome]:.0f} %" for outcome in ("grounded", "other_modality")]
        for cell in (visual, audio)
    )
    return (
        f"{run.name}: where sight and sound conflict, {seen[0]} of its answers about the picture name what is seen and "
        f"{seen[1]} what is heard; of those about the sound {heard[0]} name what is heard and {heard[1]} what is seen."
    )


def _warnings(run: Run) -> Iterator[str]:
    errors = sum(prediction.error is not None for prediction, _ in run.answers)
    if errors:
        yield f"{run.name}: {errors} of {len(run.answers)} questions have no answer; see VALID accuracy."
    if run.metrics.is_often_cut_off:
        yield (
            f"{run.name}: {run.metrics.cut_off:,} of {len(run.answers):,} answers were cut off at the limit of tokens; "
            "a higher --max-new-tokens may change its scores."
        )
    if run.record.partial:
        yield ": ".join(filter(None, (run.name, "a part of the dataset", scope_of(run.record)))) + "."
    open_questions = run.record.questions - len(run.answers)
    if open_questions > 0 and not run.record.merged:
        yield f"{run.name}: {open_questions} questions were not asked yet; run it again to continue."
    if run.record.probe and run.record.probe.arrives is False:
        yield f"{run.name}: sound does not reach this model: {run.record.probe.note}"


def _summary(runs: Sequence[Run]) -> Table:
    any_attributed = any(cell.n_attributed for run in runs for cell in run.metrics.cells)
    rows = []
    for run in runs:
        for cell in run.metrics.cells:
            where = (cell.condition.replace("_", " "), cell.prompt, cell.variant, f"{cell.n:,}")
            interval = f"{100 * cell.ci_low:.1f} to {100 * cell.ci_high:.1f}"
            valid = "" if cell.accuracy_valid is None else f"{100 * cell.accuracy_valid:.1f}"
            scores = f"{100 * cell.accuracy:.1f}", interval, valid, f"{100 * cell.chance:.1f}"
            without = 100 * (cell.accuracy_without_attributed or 0)
            attributed = f"{cell.n_attributed:,} [{without:.1f}]" if cell.n_attributed else ""
            rows.append(Row([run.name, *where, *scores, *([attributed] if any_attributed else [])]))
    columns = ["run", "condition", "asked about", "asked as", "n", "accuracy, %", "95 %", "VALID, %", "chance, %"]
    attribution = (
        "Attributed: answers that name a class of each sense, of which the one of the sense asked about counts; in "
        "brackets the accuracy if they counted as unreadable."
        if any_attributed
        else "No answer had to be read by attributing its classes to the senses."
    )
    caption = (
        f"Accuracy counts a missing answer as wrong; VALID leaves it out. {attribution} Answers were read by version "
        f"{READING} of the rules."
    )
    return Table("All scores", [*columns, *(["attributed"] if any_attributed else [])], rows, caption)


def _outcome_bars(runs: Sequence[Run]) -> Iterator[Picture]:
    for condition, variant in _asked(runs):
        bars = [
            (f"{prompt}: {run.name}" if len(runs) > 1 else f"{prompt} question", cell.outcomes)
            for prompt in PROMPTS
            for run in runs
            if (cell := run.cell(condition, prompt, variant)) is not None
        ]
        yield _bars("outcomes", condition, variant, bars)


def _pair_bars(runs: Sequence[Run]) -> Iterator[Picture]:
    for condition, variant in _asked(runs):
        bars = [
            (f"{run.name} (n = {pair.n:,})", pair.outcomes)
            for run in runs
            for pair in run.metrics.pairs
            if (pair.condition, pair.variant) == (condition, variant)
        ]
        if bars:
            yield _bars("pairs", condition, variant, bars)


def _bars(kind: str, condition: str, variant: str, bars: Sequence[tuple[str, Mapping[str, float]]]) -> Picture:
    suffix = {"plain": "", "abstain": ', "None of the above" offered', "cot": ", chain of thought"}[variant]
    title = f"{condition.replace('_', ' ')}{suffix}: {CONDITIONS[condition].meaning}"
    words = in_words(bars)
    svg = stacked_bars(bars, f"{title}. {words}")
    return svg_picture(f"{kind}-{condition}-{variant}.svg", svg, words, title, folded=variant != "plain")


def _asked(runs: Sequence[Run]) -> list[tuple[str, str]]:
    found = {(c.condition, c.variant) for run in runs for c in run.metrics.cells}
    return [(condition, variant) for variant in VARIANTS for condition in CONDITIONS if (condition, variant) in found]


def _per_class(run: Run) -> Table:
    """Tabulate per-class accuracy by condition and prompt, over the plain variant."""
    cells = [c for c in run.metrics.cells if c.variant == "plain"]
    right: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for prediction, judged in run.answers:
        if prediction.variant == "plain":
            right[prediction.reference, prediction.condition, prediction.prompt].append(judged.right)
    rows = [
        Row([name.replace("_", " "), *(_percent(right[name, c.condition, c.prompt]) for c in cells)])
        for name in run.record.data.classes
    ]
    headings = [f"{c.condition.replace('_', ' ')}, {c.prompt}" for c in cells]
    caption = "Accuracy in % by the class of the modality asked about."
    return Table(f"{run.name}: per class", ["class", *headings], rows, caption, folded=True)


def _confusions(run: Run, number: int) -> Iterator[Picture]:
    """Draw a confusion matrix for each condition and prompt, over the plain variant; file names contain `number`."""
    named = [*run.record.data.classes, _NOT_NAMED]
    names = [name.replace("_", " ") for name in named]
    for cell in (c for c in run.metrics.cells if c.variant == "plain"):
        counts = Counter(
            (prediction.reference, judged.reading.class_name or _NOT_NAMED)
            for prediction, judged in run.answers
            if cell_of(prediction) == cell_of(cell) and not prediction.error
        )
        wrong = [(pair, n) for pair, n in counts.most_common() if pair[0] != pair[1]][:5]
        listed = "; ".join(f"{right} answered {answered} {n} times" for (right, answered), n in wrong) or "nothing"
        words = f"Rows are what is right, columns what was answered. Most often wrong: {listed}."
        title = f"{run.name}: {cell.condition.replace('_', ' ')}, {cell.prompt} question"
        table = np.array([[counts[right, answered] for answered in named] for right in named[:-1]])
        svg = confusion_map(table, names[:-1], names, f"{cell.prompt} class", f"{title}. {words}")
        yield svg_picture(f"confusion-{number}-{cell.condition}-{cell.prompt}.svg", svg, words, title)


def _percent(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.0f}" if right else ""


def _costs(runs: Sequence[Run]) -> Table:
    rows = []
    for run in runs:
        answered = [prediction for prediction, _ in run.answers if prediction.error is None]
        counted = [counts for prediction in answered if (counts := prediction.token_counts)]
        seconds = [prediction.seconds for prediction in answered if prediction.seconds is not None]
        tokens = [
            f"{median(t[kind] for t in counted):,.0f}" if counted else "not told" for kind in ("video", "audio", "text")
        ]
        spent = sum(prediction.cost or 0 for prediction, _ in run.answers)
        measured = f"{median(seconds):.3f}" if seconds else "", f"{spent:.2f}" if spent else ""
        rows.append(Row([run.name, *tokens, *measured]))
    columns = ["run", "video tokens", "audio tokens", "text tokens", "seconds per answer", "US dollars"]
    caption = (
        "Medians per answer. Audio tokens show that the sound reached the model; seconds without what questions share."
    )
    return Table("Tokens and time", columns, rows, caption)


def _provenance(run: Run) -> Table:
    record = run.record.as_json()
    flat = dict(_flat("", {k: record[k] for k in ("model", "versions", "selection", "machine") if k in record}))
    flat |= {"dataset": run.record.data.digest, "started": run.record.started}
    rows = [Row([name, value]) for name, value in flat.items()]
    return Table(f"{run.name}: how it was run", ["what", "value"], rows, folded=True)


def _flat(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{where}.{name}" if where else str(name), inner)
    elif isinstance(value, list):
        yield where, ", ".join(map(str, value))
    elif value is not None:
        yield where, str(value)
