"""Explain step by step how a clip or a class was treated."""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from mma_bench.audioset.curation.curate import STEPS, Curation, FilteredSegment
from mma_bench.audioset.curation.simplify import SimplifiedLabel, classes_of
from mma_bench.core.errors import OptionsError
from mma_bench.manifest.clips import clip_id


def explain_clip(curation: Curation, youtube_id: str) -> str:
    """Explain line by line why a clip was kept or dropped; `youtube_id` may also be the clip's id in the manifest.

    Raises OptionsError if the clip is in none of the lists.
    """
    found = [c for c in curation.clips if youtube_id in {c.segment.youtube_id, _id(c)}]
    if not found:
        lists = " and ".join(curation.funnel.columns)
        raise OptionsError(f"--explain {youtube_id}: not in {lists}; pass an id from the lists, such as 3CZ1i2_tKn0")
    return "\n".join(line for clip in found for line in _clip_lines(curation, clip))


def explain_class(curation: Curation, name: str) -> str:
    """Explain line by line how a class or an AudioSet label was treated; `name` may also be the id of a label.

    Raises OptionsError if there is no such class or label.
    """
    label = curation.ontology.find(name.replace("_", " ")) or curation.ontology.find(name)
    classes = {c.casefold(): c for c in classes_of(curation.simplified)}
    class_name = classes.get("_".join(name.split()).casefold())
    if label and not class_name:
        label_outcome = curation.simplified[label.id]
        heading = [f"{label.name} ({label.id}): {_outcome(label_outcome)}"]
        if label_outcome.class_name is None:
            return "\n".join([*heading, *_removed_lines(curation, label.id)])
        return "\n".join([*heading, "", *_class_lines(curation, label_outcome.class_name)])
    if not class_name:
        names = {known.name.casefold(): known.name for known in curation.ontology.labels.values()} | classes
        near = [names[close] for close in difflib.get_close_matches(name.casefold(), names, n=3)]
        raise OptionsError(
            f"--explain-class {name}: neither a class nor an AudioSet label has this name or id"
            + (f"; closest names: {', '.join(near)}" if near else "; check its spelling")
        )
    return "\n".join(_class_lines(curation, class_name))


def _id(clip: FilteredSegment) -> str:
    return clip_id(clip.segment.youtube_id, clip.segment.start_seconds)


def _clip_lines(curation: Curation, clip: FilteredSegment) -> Iterator[str]:
    segment, result = clip.segment, clip.result
    passed = list(STEPS).index(result.passed)
    yield f"{segment.youtube_id}, {segment.start_seconds:g} to {segment.end_seconds:g} s, in {clip.source.name}"
    yield f"  its labels: {_names(curation, segment.labels)}"
    others = [label for label in segment.labels if label not in result.specific]
    if not result.specific:
        yield "dropped: none of them is a leaf of the ontology"
        return
    above = f"kept are the most specific; above them are {_names(curation, others)}"
    yield f"  1. {above if others else 'none of them is above another'}"
    for label in result.specific:
        roots = sorted(_name(curation, root) for root in curation.ontology.roots(label))
        yield f"     {_name(curation, label)}, below {' and '.join(roots)}"
    if passed == 0:
        shared = frozenset.intersection(*(curation.ontology.roots(label) for label in result.specific))
        yield f"dropped: they {'have more roots than one' if shared else 'share no root'} of the ontology"
        return
    yield f"  2. they share the root {_names(curation, result.roots)}"
    for label in result.specific:
        yield f"  3. {_name(curation, label)}: {_outcome(curation.simplified[label])}"
    if passed == 1:
        yield f"dropped: {_names(curation, result.removed) or 'every label'} was removed from the classes"
    elif passed == 2:
        yield f"dropped: it is of {len(result.classes)} classes, {' and '.join(result.classes)}"
    else:
        yield f"kept: {result.class_name}, in the split {clip.source.split}, as {_id(clip)}"


def _class_lines(curation: Curation, name: str) -> Iterator[str]:
    yield f"{name} is a class. Labels that count as it:"
    for label, label_outcome in curation.simplified.items():
        if label_outcome.class_name == name:
            yield f"  {_name(curation, label)}: {label_outcome.how}, {label_outcome.why}"
    yield "Clips that carry one of them:"
    for step in curation.funnel.steps:
        counts = step.classes.get(name, {})
        listed = ", ".join(f"{counts.get(column, 0):,} in {column}" for column in curation.funnel.columns)
        yield f"  {step.meaning}: {listed}"
    yield from _rivals(curation, name)


def _rivals(curation: Curation, name: str) -> Iterator[str]:
    """List the labels and classes to which a class lost the most clips."""
    of_class = [c.result for c in curation.clips if name in c.result.classes]
    removed = Counter(label for v in of_class if v.passed == "one_root" for label in v.removed)
    others = Counter(other for v in of_class if v.passed == "no_removed_class" for other in v.classes if other != name)
    if removed:
        listed = ", ".join(f"{_name(curation, label)} ({n})" for label, n in _most(removed))
        yield f"Most often lost to a removed label: {listed}"
    if others:
        yield f"Most often lost to another class: {', '.join(f'{other} ({n})' for other, n in _most(others))}"


def _removed_lines(curation: Curation, label: str) -> Iterator[str]:
    below: dict[str, list[str]] = {}
    for other, label_outcome in curation.simplified.items():
        if label in curation.ontology.ancestors(other):
            what = label_outcome.class_name or f"removed, {label_outcome.how.replace('_', ' ')}"
            below.setdefault(what, []).append(_name(curation, other))
    for what, names in below.items():
        yield f"  {len(names)} below it {'is' if len(names) == 1 else 'are'} {what}: {', '.join(names)}"
    for column in curation.funnel.columns:
        carriers = [c for c in curation.clips if c.source.name == column and label in c.segment.labels]
        dropped = sum(label in c.result.removed and c.result.passed == "one_root" for c in carriers)
        yield f"{column}: {len(carriers):,} clips carry it; {dropped:,} of them were dropped because it was removed"


def _most(counts: Counter[str]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]


def _outcome(label_outcome: SimplifiedLabel) -> str:
    if label_outcome.class_name is None:
        return f"removed, {label_outcome.how.replace('_', ' ')}: {label_outcome.why}"
    return f"{label_outcome.class_name} ({label_outcome.how}: {label_outcome.why})"


def _name(curation: Curation, label: str) -> str:
    return f'"{curation.ontology.labels[label].name}"'


def _names(curation: Curation, labels: Sequence[str]) -> str:
    return ", ".join(_name(curation, label) for label in labels)
