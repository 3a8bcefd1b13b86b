"""List the clips of a source: synthetic clips, a folder, or a manifest with a folder of its clips."""

import os
from collections.abc import Sequence
from pathlib import Path

from mma_bench.audioset.fetching.attrition import FetchRecord, read_records
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.repo_id import names_a_repository
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import LATER_STEPS, Funnel
from mma_bench.manifest.manifest import MANIFEST, find_manifest, read_manifest
from mma_bench.sources.clips import DroppedClip, Listing, SourceClip
from mma_bench.verification.votes import holds_votes


def list_source(
    source: str,
    *,
    clips: Path | None,
    seed: int,
    limit: int | None,
    size: int | None,
    seconds: float,
    splits: Sequence[str],
) -> Listing:
    """List the clips of a source, without reading them.

    Args:
        source: `synthetic`, a folder of clips, or a manifest: a Parquet file, a dataset folder, or
            `org/name` on the Hub.
        clips: the folder of a manifest's clips; None for other sources.
        seed: seed of synthetic clips.
        limit: synthetic clips per split; None for the default.
        size: side of synthetic clips in pixels; None for the default.
        seconds: length of synthetic clips.
        splits: splits of synthetic clips.

    Raises:
        OptionsError: a manifest without `clips`, or `clips` without a manifest.
        SourceError: there is no such source, or it has no clips.
    """
    path = Path(source).expanduser()
    is_folder = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises if a name is too long
    manifest = path.suffix == ".parquet" or (is_folder and (path / MANIFEST).is_file()) or names_a_repository(source)
    if clips is None and names_a_repository(source):
        raise SourceError(
            f"--source {source}: no such folder or file; a manifest, or a dataset with one, requires --clips"
        )
    if (clips is not None) != manifest:
        raise OptionsError(
            f"--source {source}: --clips, the folder filled by `mma-bench fetch`, is required for a manifest such as "
            f"{MANIFEST} and not allowed for other sources"
        )
    if clips is not None:
        return list_curated(find_manifest(source), clips.expanduser())
    if source == "synthetic":
        from mma_bench.sources.synthetic.drawing import list_synthetic

        return list_synthetic(seed=seed, per_split=limit, size=size, seconds=seconds, splits=splits)
    if not is_folder:
        raise SourceError(f"--source {source}: no such folder; expected 'synthetic', a folder of clips, or a manifest")
    from mma_bench.sources.folder import list_folder

    return list_folder(path)


def list_curated(manifest_file: Path, clips: Path) -> Listing:
    """List the clips of a manifest whose files are in a folder; drop the others with the reason given by `fetch`.

    Raises:
        SourceError: the manifest cannot be read, or none of its clips is in the folder.
    """
    manifest = read_manifest(manifest_file)
    if holds_votes(manifest):
        raise SourceError(
            f"{manifest_file}: contains one annotator's votes; combine two such files with "
            f"`mma-bench consensus {manifest_file} ANOTHER.parquet`"
        )
    if not clips.is_dir():
        raise SourceError(
            f"--clips {clips}: no such folder; fill it with `mma-bench fetch {manifest_file} --out {clips}`"
        )
    records = read_records(clips)
    there = [clip for clip in manifest.clips if (clips / clip.file).is_file()]
    if not there:
        raise SourceError(
            f"--clips {clips}: contains none of the {len(manifest.clips):,} clips of {manifest_file}; expected "
            f"files such as {manifest.clips[0].file}"
        )
    names = {clip.clip_id for clip in there}
    return Listing(
        [_listed(clip, clips) for clip in there],
        [_lost(clip, records.get(clip.clip_id)) for clip in manifest.clips if clip.clip_id not in names],
        root=clips,
        funnel=_fetched(manifest.funnel, there),
        manifest=manifest,
    )


def _listed(clip: ManifestClip, folder: Path) -> SourceClip:
    return SourceClip(
        clip_id=clip.clip_id,
        class_name=clip.class_name,
        split=clip.split,
        media=folder / clip.file,
        youtube_id=clip.youtube_id,
        start_seconds=clip.start_seconds,
        end_seconds=None,  # taken from the file: a recording may end before the clip does
    )


def _lost(clip: ManifestClip, record: FetchRecord | None) -> DroppedClip:
    if record is None or record.status != "lost" or not record.reason:
        detail = f"{clip.file} is not in the folder; `mma-bench fetch` gets it"
        return DroppedClip(clip.clip_id, "missing_file", detail, clip.split, clip.class_name, clip.file)
    return DroppedClip(clip.clip_id, record.reason, record.detail, clip.split, clip.class_name, clip.file)


def _fetched(funnel: Funnel, there: Sequence[ManifestClip]) -> Funnel:
    """Append the step "fetched" to the funnel, unless it has this step or a later one.

    Clips lost after a later step are listed in attrition.csv; counted here, they would appear lost in the download.
    """
    if any(funnel.has(step) for step in LATER_STEPS):
        return funnel
    return funnel.followed_by("fetched", ((c.split, c.class_name) for c in there))
