"""Choose the segments of AudioSet that have exactly one class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mma_bench import __version__
from mma_bench.audioset.curation.filtering import STEPS, Filter, FilterResult
from mma_bench.audioset.curation.ontology import Ontology, read_ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.segments import Segment, SegmentList, read_segments
from mma_bench.audioset.curation.simplify import SimplifiedLabel, simplify
from mma_bench.audioset.curation.taxonomy import Taxonomy, read_taxonomy
from mma_bench.core.errors import SourceError
from mma_bench.core.files import file_sha256
from mma_bench.manifest.clips import ManifestClip, clip_id
from mma_bench.manifest.funnel import Funnel, FunnelStep
from mma_bench.manifest.manifest import Manifest, ManifestNotes


@dataclass(frozen=True, kw_only=True)
class CurationInputs:
    """The inputs of a curation."""

    ontology: Path
    """AudioSet's ontology.json."""
    segments: Sequence[SegmentList]
    taxonomy: Path | None = None
    """None for the bundled taxonomy."""
    readings: Readings = field(default_factory=Readings)


@dataclass(frozen=True, slots=True)
class FilteredSegment:
    """A segment, its list, and the outcome of the steps."""

    segment: Segment
    source: SegmentList
    result: FilterResult


@dataclass(frozen=True)
class Curation:
    """Result of a curation: the manifest, and the data that explain it."""

    ontology: Ontology
    taxonomy: Taxonomy
    simplified: Mapping[str, SimplifiedLabel]
    clips: Sequence[FilteredSegment]
    funnel: Funnel
    manifest: Manifest


def curate(inputs: CurationInputs) -> Curation:
    """Simplify the ontology to classes, and choose the segments that have exactly one.

    The result is deterministic; clips keep the order of the lists.

    Raises:
        SourceError: an input cannot be read, or contradicts another one.
    """
    ontology, taxonomy = read_ontology(inputs.ontology), read_taxonomy(inputs.taxonomy)
    simplified = simplify(ontology, taxonomy, inputs.readings)
    filter_ = Filter(ontology, simplified, inputs.readings)
    clips = [
        FilteredSegment(segment, source, filter_.apply(segment.labels))
        for source in inputs.segments
        for segment in _known_segments(source, ontology)
    ]
    funnel = _funnel(clips, inputs.segments)
    chosen = [_manifest_clip(clip) for clip in clips if clip.result.class_name]
    return Curation(ontology, taxonomy, simplified, clips, funnel, Manifest(chosen, _notes(inputs, taxonomy, funnel)))


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
        raise SourceError(f"{clip.source.path}: {error}") from error


def _funnel(clips: Sequence[FilteredSegment], sources: Sequence[SegmentList]) -> Funnel:
    lists = {source.name: source.split for source in sources}
    if len(lists) < len(sources):
        raise SourceError(
            f"duplicate list names: {', '.join(source.name for source in sources)}; pass each list once, under a "
            "distinct name"
        )
    order = list(STEPS)
    left = {step: dict.fromkeys(lists, 0) for step in order}
    classes: dict[str, dict[str, Counter[str]]] = {step: {} for step in order}
    for clip in clips:
        for step in order[: order.index(clip.result.passed) + 1]:
            left[step][clip.source.name] += 1
            for name in clip.result.classes:
                classes[step].setdefault(name, Counter())[clip.source.name] += 1
    return Funnel(
        columns=lists,
        steps=tuple(
            FunnelStep(
                name=step,
                meaning=meaning,
                clips=left[step],
                classes={name: dict(classes[step][name]) for name in sorted(classes[step])},
            )
            for step, meaning in STEPS.items()
        ),
    )


def _notes(inputs: CurationInputs, taxonomy: Taxonomy, funnel: Funnel) -> ManifestNotes:
    return ManifestNotes(
        schema_=1,
        mma_bench=__version__,
        readings=asdict(inputs.readings),
        sha256={
            "ontology": file_sha256(inputs.ontology),
            "taxonomy": taxonomy.sha256,
            **{source.name: file_sha256(source.path) for source in inputs.segments},
        },
        funnel=funnel,
    )
