"""List the clips of a source: synthetic clips, a folder, or a manifest with a folder of its clips."""

import os
from collections.abc import Sequence
from pathlib import Path

from mma_bench.audioset.fetching.attrition import read_records
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.repo_id import names_a_repository
from mma_bench.manifest.funnel import LATER_STEPS
from mma_bench.manifest.manifest import MANIFEST, find_manifest, read_manifest
from mma_bench.sources.clips import DroppedClip, Listing, SourceClip
from mma_bench.sources.folder import list_folder
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
        source: `synthetic`, a folder of clips, or a manifest: a Parquet file, a dataset folder, or `org/name`.
        clips: the folder of a manifest's clips; None for other sources.
        seed: this and the other arguments apply to synthetic clips only.
        limit: clips per split; None for the default.
        size: width and height in pixels; None for the default.
        seconds: length of each clip.
        splits: splits to list.

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
    listed, dropped = list[SourceClip](), list[DroppedClip]()
    for clip in manifest.clips:
        media, record = clips / clip.file, records.get(clip.clip_id)
        if media.is_file():
            # Without an end, which is taken from the file: a recording may end before the clip does.
            start = clip.start_seconds
            listed.append(SourceClip(clip.clip_id, clip.class_name, clip.split, media, clip.youtube_id, start))
        elif record is not None and record.status == "lost" and record.reason:
            problem, detail = record.reason, record.detail
            dropped.append(DroppedClip(clip.clip_id, problem, detail, clip.split, clip.class_name, clip.file))
        else:
            detail = f"{clip.file} is not in the folder; `mma-bench fetch` gets it"
            dropped.append(DroppedClip(clip.clip_id, "missing_file", detail, clip.split, clip.class_name, clip.file))
    if not listed:
        raise SourceError(
            f"--clips {clips}: contains none of the {len(manifest.clips):,} clips of {manifest_file}; expected "
            f"files such as {manifest.clips[0].file}"
        )
    funnel = manifest.funnel
    # Clips lost after a later step are listed in attrition.csv; counted here, they would appear lost in the download.
    if not any(funnel.has(step) for step in LATER_STEPS):
        funnel = funnel.followed_by("fetched", ((c.split, c.class_name) for c in listed))
    return Listing(listed, dropped, root=clips, funnel=funnel, manifest=manifest)
