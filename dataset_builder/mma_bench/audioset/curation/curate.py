"""Stage 2: select the AudioSet segments that have exactly one class (paper, appendix A.2)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from mma_bench import __version__
from mma_bench.audioset.curation.ontology import Ontology, read_ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.segments import Segment, SegmentList, read_segments
from mma_bench.audioset.curation.simplify import SimplifiedLabel, Taxonomy, read_taxonomy, simplify
from mma_bench.core.errors import SourceError
from mma_bench.core.files import file_sha256
from mma_bench.manifest.clips import ManifestClip, clip_id
from mma_bench.manifest.funnel import Funnel, FunnelStep
from mma_bench.manifest.manifest import Manifest, ManifestNotes

STEPS: Mapping[str, str] = {
    "listed": "in the list",
    "one_root": "share a root",
    "no_removed_class": "no label removed",
    "single_class": "one class left",
}
"""Filter steps in order, each with a description of the clips left after it."""


@dataclass(frozen=True, slots=True)
class FilterResult:
    """Outcome of the filter steps for a set of labels."""

    specific: tuple[str, ...]
    """The most specific labels, in the clip's order; the other labels are ignored."""
    roots: tuple[str, ...]
    """Roots of the ontology that all labels in `specific` share."""
    removed: tuple[str, ...]
    """Labels in `specific` that have no class."""
    classes: tuple[str, ...]
    """Distinct classes of the other labels in `specific`, sorted."""
    passed: str
    """Name of the last step in `STEPS` that the clip passed."""

    @property
    def class_name(self) -> str | None:
        """Class of the clip; None if the clip is dropped."""
        return self.classes[0] if self.passed == "single_class" else None


@dataclass(frozen=True, slots=True)
class FilteredSegment:
    """A segment, the list that contains it, and the outcome of the filter steps."""

    segment: Segment
    source: SegmentList
    result: FilterResult


@dataclass(frozen=True)
class Curation:
    """The manifest produced by a curation, and the data that explain it."""

    ontology: Ontology
    taxonomy: Taxonomy
    simplified: Mapping[str, SimplifiedLabel]
    clips: Sequence[FilteredSegment]
    funnel: Funnel
    manifest: Manifest


def curate(
    ontology_file: Path, segments: Sequence[SegmentList], *, taxonomy_file: Path | None = None, readings: Readings
) -> Curation:
    """Simplify AudioSet's ontology to classes, and select the segments that have exactly one class.

    The result is deterministic; clips keep the order of the lists. By default, the bundled taxonomy is used.

    Raises SourceError if an input cannot be read, or the inputs contradict each other.
    """
    ontology, taxonomy = read_ontology(ontology_file), read_taxonomy(taxonomy_file)
    simplified = simplify(ontology, taxonomy, readings)
    filtered = cache(partial(_filtered, ontology=ontology, simplified=simplified, readings=readings))  # labels repeat
    clips = [
        FilteredSegment(segment, source, filtered(segment.labels))
        for source in segments
        for segment in _known_segments(source, ontology)
    ]
    funnel = _funnel(clips, segments)
    chosen = [_manifest_clip(clip) for clip in clips if clip.result.class_name]
    notes = ManifestNotes(
        schema_=1,
        mma_bench=__version__,
        readings=asdict(readings),
        sha256={
            "ontology": file_sha256(ontology_file),
            "taxonomy": taxonomy.sha256,
            **{source.name: file_sha256(source.path) for source in segments},
        },
        funnel=funnel,
    )
    return Curation(ontology, taxonomy, simplified, clips, funnel, Manifest(chosen, notes))


def _known_segments(source: SegmentList, ontology: Ontology) -> Sequence[Segment]:
    segments = list(read_segments(source.path))
    if not segments:
        raise SourceError(f"{source.path}: contains no segments; pass a list such as eval_segments.csv")
    unknown = sorted({label for segment in segments for label in segment.labels} - ontology.labels.keys())
    if unknown:
        raise SourceError(
            f"{source.path}: {len(unknown)} labels are not in the ontology, such as {unknown[0]!r}; use the ontology "
            "that belongs to the list"
        )
    return segments


def _manifest_clip(clip: FilteredSegment) -> ManifestClip:
    segment = clip.segment
    try:
        return ManifestClip(
            clip_id=clip_id(segment.youtube_id, segment.start_seconds),
            class_name=clip.result.class_name or "",
            split=clip.source.split,
            start_seconds=segment.start_seconds,
            end_seconds=segment.end_seconds,
            youtube_id=segment.youtube_id,
        )
    except ValueError as error:
        raise SourceError(f"{clip.source.path}: segment of {segment.youtube_id[:60]!r}: {error}") from error


def _funnel(clips: Sequence[FilteredSegment], sources: Sequence[SegmentList]) -> Funnel:
    lists = {source.name: source.split for source in sources}
    if len(lists) < len(sources):
        raise SourceError(
            f"duplicate names of segment lists: {', '.join(source.name for source in sources)}; pass each list once, "
            "in a file with a distinct name"
        )
    order = list(STEPS)
    left = {step: dict.fromkeys(lists, 0) for step in order}
    classes: dict[str, dict[str, Counter[str]]] = {step: {} for step in order}
    for clip in clips:
        for step in order[: order.index(clip.result.passed) + 1]:
            left[step][clip.source.name] += 1
            for name in clip.result.classes:
                classes[step].setdefault(name, Counter())[clip.source.name] += 1
    by_class = {step: {name: dict(counts) for name, counts in sorted(classes[step].items())} for step in order}
    steps = [FunnelStep(name=s, meaning=STEPS[s], clips=left[s], classes=by_class[s]) for s in order]
    return Funnel(columns=lists, steps=tuple(steps))


def _filtered(
    labels: tuple[str, ...], ontology: Ontology, simplified: Mapping[str, SimplifiedLabel], readings: Readings
) -> FilterResult:
    """Apply the filter steps to the labels of a clip."""
    above = {ancestor for label in labels for ancestor in ontology.ancestors(label)}
    if readings.specific == "leaf":
        above = {label for label in labels if ontology.labels[label].children}
    specific = tuple(label for label in dict.fromkeys(labels) if label not in above)  # "child-only retention"
    roots_of = [ontology.roots(label) for label in specific]
    roots = frozenset.intersection(*roots_of) if roots_of else frozenset()
    if readings.cross_tree == "single" and len(frozenset().union(*roots_of)) > 1:
        roots = frozenset()
    removed = tuple(label for label in specific if simplified[label].class_name is None)
    classes = tuple(sorted({name for label in specific if (name := simplified[label].class_name) is not None}))
    passed = "single_class" if len(classes) == 1 else "no_removed_class"
    if not roots:
        passed = "listed"
    elif not classes or (removed and readings.removed_label == "clip"):
        passed = "one_root"
    return FilterResult(specific, tuple(sorted(roots)), removed, classes, passed)
