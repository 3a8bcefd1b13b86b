"""Score answers by cell and by pair, without the `evaluate` library."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypedDict, cast

from .ending import ENDED
from .intervals import wilson_interval
from .outcomes import ABSENT, CONDITIONS, OUTCOMES, PAIR_OUTCOMES, PROMPTS, VARIANTS, Judged, judge, pair_outcome
from .reading import REASONS


@dataclass(frozen=True)
class Scored:
    """A judged answer, with the fields that assign it to a cell and to a pair."""

    judged: Judged
    condition: str | None
    prompt: str | None
    variant: str | None
    clip_id: str | None
    pair_id: str | None
    options: int
    """Number of options listed in the question, including an offered abstention."""
    ended: str | None


class Rates(TypedDict):
    """Scores of a group of answers. Rates are 0 to 1."""

    n: int
    n_valid: int
    accuracy: float
    accuracy_valid: float | None
    n_attributed: int
    accuracy_without_attributed: float
    ci_low: float
    ci_high: float
    chance: float
    outcomes: dict[str, float]
    off_list_reasons: dict[str, int]
    ended: dict[str, int]


class Cell(Rates):
    """Scores of one condition, prompt and variant."""

    condition: str | None
    prompt: str | None
    variant: str | None


class Pair(TypedDict):
    """Joint outcomes of the visual and the audio answer about a row, for one condition and variant."""

    condition: str | None
    variant: str | None
    n: int
    outcomes: dict[str, float]


class Scores(Rates):
    """Scores over all answers, with the scores of each cell and pair."""

    cells: list[Cell]
    pairs: list[Pair]


def score(
    predictions: Sequence[str | None],
    references: Sequence[str],
    *,
    classes: Sequence[str] | Sequence[Sequence[str]] | None = None,
    other_references: Sequence[str | None] | None = None,
    caption_references: Sequence[str | None] | None = None,
    conditions: Sequence[str] | None = None,
    prompts: Sequence[str] | None = None,
    variants: Sequence[str] | None = None,
    clip_ids: Sequence[str] | None = None,
    errors: Sequence[str | None] | None = None,
    pair_ids: Sequence[str] | None = None,
    ended: Sequence[str | None] | None = None,
) -> Scores:
    """Score answers. All sequences must have the length of `predictions`.

    Args:
        predictions: raw answers or class names; None for a missing answer.
        references: class of the modality asked about; if that is absent, class of the original clip.
        classes: the options, one list for all or a list per answer; by default all classes in the references.
        other_references: class of the other modality; None if it is absent.
        caption_references: class named in a misleading caption.
        conditions: condition of the row asked about.
        prompts: modality asked about, visual or audio; it is needed to read answers that name a class of each.
        variants: plain, abstain or cot.
        clip_ids: clip of each answer; each clip counts once in the interval.
        errors: reason for a missing answer.
        pair_ids: id shared by the visual and the audio answer about a row; by default the clip.
        ended: why each answer ended: stop, length (cut off), filter or refusal; None if unknown.

    Returns:
        Scores over all answers, with `cells` (one per condition, prompt and variant) and `pairs` (one per condition
        and variant). The result and each cell have `n`, `n_valid` (without errors), `accuracy` (of n),
        `accuracy_valid` (of n_valid; None if that is 0),
        `n_attributed` (answers that name classes of both senses, read by attribution), `accuracy_without_attributed`
        (of n, as if those were unreadable), `ci_low` and `ci_high` (95 %, Wilson), `chance`,
        `outcomes` (the rate of each outcome), `off_list_reasons` (the number of unrecognised answers by reason) and
        `ended` (the number of answers by the way they ended). Rates are 0 to 1.

    Raises:
        ValueError: lengths differ, a value is unknown, or a row has two answers to one question.

    >>> found = score(["Clock", "a bird"], ["Bird", "Bird"], classes=["Bird", "Clock"], other_references=["Clock"] * 2)
    >>> found["accuracy"], found["outcomes"]["other_modality"], found["chance"]
    (0.5, 0.5, 0.5)
    """
    given = {
        "other_references": other_references,
        "caption_references": caption_references,
        "conditions": conditions,
        "prompts": prompts,
        "variants": variants,
        "clip_ids": clip_ids,
        "errors": errors,
        "pair_ids": clip_ids if pair_ids is None else pair_ids,
        "ended": ended,
    }
    answers = _judged(predictions, references, classes, given)
    paired = prompts is not None and (pair_ids is not None or clip_ids is not None)
    return {
        **_rates(answers),
        "cells": [
            {"condition": condition, "prompt": prompt, "variant": variant, **_rates(members)}
            for (condition, prompt, variant), members in _grouped(answers, lambda a: (a.condition, a.prompt, a.variant))
        ],
        "pairs": _pairs(answers) if paired else [],
    }


def _judged(
    predictions: Sequence[str | None],
    references: Sequence[str],
    classes: Sequence[str] | Sequence[Sequence[str]] | None,
    given: Mapping[str, Sequence[Any] | None],
) -> list[Scored]:
    """Judge each answer; `given` contains the other arguments of `score` by name."""
    n = len(predictions)
    if n == 0:
        raise ValueError("no predictions: expected at least one; if they come from a file, check that it is not empty")
    for name, values in {"references": references, **given}.items():
        if values is not None and len(values) != n:
            raise ValueError(f"{name}: {len(values)} values for {n} predictions; expected one per prediction")
    _check_known("prompts", given["prompts"], PROMPTS)
    _check_known("variants", given["variants"], VARIANTS)
    _check_known("ended", given["ended"], tuple(ENDED))
    options_of = _options(classes, references, given["other_references"] or (), given["caption_references"] or ())
    answers = []
    for k, (options, reference) in enumerate(zip(options_of, references)):
        if reference not in options:
            raise ValueError(
                f"references[{k}]: {reference!r} is not one of the {len(options)} classes ({', '.join(options[:5])}"
                f"{', ...' if len(options) > 5 else ''}); correct its spelling, or add it to the classes"
            )
        row = {name: None if values is None else values[k] for name, values in given.items()}
        condition, prompt, variant = row["conditions"], row["prompts"], row["variants"]
        judged = judge(
            predictions[k],
            options,
            reference=reference,
            other=row["other_references"],
            caption=row["caption_references"],
            absent=(condition, prompt) in ABSENT,
            error=row["errors"],
            prompt=prompt,
            ended=row["ended"],
        )
        offered = len(options) + (variant == "abstain")
        answers.append(
            Scored(judged, condition, prompt, variant, row["clip_ids"], row["pair_ids"], offered, row["ended"])
        )
    return answers


def _rates(answers: Sequence[Scored]) -> Rates:
    n, right = len(answers), sum(a.judged.right for a in answers)
    outcomes = Counter(a.judged.outcome for a in answers)
    reasons, endings = Counter(a.judged.reading.reason for a in answers), Counter(a.ended for a in answers)
    valid = n - outcomes["error"]
    by_clip: dict[object, list[bool]] = defaultdict(list)
    for k, answer in enumerate(answers):
        by_clip[k if answer.clip_id is None else answer.clip_id].append(answer.judged.right)
    low, high = wilson_interval(sum(map(fmean, by_clip.values())), len(by_clip))
    return {
        "n": n,
        "n_valid": valid,
        "accuracy": right / n,
        "accuracy_valid": right / valid if valid else None,
        "n_attributed": sum(a.judged.reading.attributed for a in answers),
        "accuracy_without_attributed": sum(a.judged.right and not a.judged.reading.attributed for a in answers) / n,
        "ci_low": low,
        "ci_high": high,
        "chance": fmean(1 / a.options for a in answers),
        "outcomes": {name: outcomes[name] / n for name in OUTCOMES},
        "off_list_reasons": {name: reasons[name] for name in REASONS},
        "ended": {name: endings[name] for name in ENDED},
    }


def _pairs(answers: Sequence[Scored]) -> list[Pair]:
    pairs: list[Pair] = []
    for (condition, variant), members in _grouped(answers, lambda a: (a.condition, a.variant)):
        rows: dict[str | None, dict[str | None, Judged]] = defaultdict(dict)
        for answer in members:
            if answer.prompt in rows[answer.pair_id]:
                raise ValueError(
                    f"{answer.pair_id}: two answers to the {answer.prompt} question ({condition}, {variant}); "
                    "expected one. Remove one of them, or give the rows of a clip distinct pair_ids"
                )
            rows[answer.pair_id][answer.prompt] = answer.judged
        found = Counter(
            pair_outcome(
                both["visual"].outcome,
                both["audio"].outcome,
                visual_absent=(condition, "visual") in ABSENT,
                audio_absent=(condition, "audio") in ABSENT,
            )
            for both in rows.values()
            if len(both) == 2 and all(j.outcome != "error" for j in both.values())
        )
        if n := sum(found.values()):
            rates: dict[str, float] = {name: found[name] / n for name in PAIR_OUTCOMES}
            pairs.append({"condition": condition, "variant": variant, "n": n, "outcomes": rates})
    return pairs


def _grouped(answers: Iterable[Scored], key: Any) -> list[tuple[Any, list[Scored]]]:
    """Group answers by key in the benchmark's order; unknown conditions come last, sorted by name."""
    groups: dict[tuple[str | None, ...], list[Scored]] = defaultdict(list)
    for answer in answers:
        groups[key(answer)].append(answer)
    order = {name: k for k, name in enumerate((None, *CONDITIONS, *PROMPTS, *VARIANTS))}
    return sorted(groups.items(), key=lambda item: [(order.get(part, len(order)), part or "") for part in item[0]])


def _options(
    classes: Sequence[str] | Sequence[Sequence[str]] | None, references: Sequence[str], *more: Sequence[str | None]
) -> Sequence[tuple[str, ...]]:
    if classes is None:
        found = {name for names in (references, *more) for name in names if name is not None}
        return [tuple(sorted(found))] * len(references)
    if all(isinstance(c, str) for c in classes):
        return [tuple(cast(Sequence[str], classes))] * len(references)
    if len(classes) != len(references):
        raise ValueError(
            f"classes: {len(classes)} lists for {len(references)} predictions; expected one list per prediction, or "
            "one list of class names for all"
        )
    return [tuple(c) for c in classes]


def _check_known(name: str, values: Sequence[str | None] | None, expected: Sequence[str]) -> None:
    for position, value in enumerate(values or ()):
        if value is not None and value not in expected:
            raise ValueError(f"{name}[{position}]: unknown value {value!r}; expected one of {', '.join(expected)}")
