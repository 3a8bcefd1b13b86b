"""A manifest of drawn clips, some of them broken on purpose: what the automated checks are tried on."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, ManifestNotes, write_manifest
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

Break = Callable[[Path, Path], None]
"""Given a clip's file and that of a clip of another class, spoils the first."""


@dataclass(frozen=True)
class Drawn:
    """A manifest and the folder of its clips."""

    manifest: Path
    clips: Path


BROKEN: Mapping[str, Break] = {
    "foreign-sound": lambda own, other: own.write_bytes(swap_sound(own, other)) and None,
    "foreign-picture": lambda own, other: own.write_bytes(swap_sound(other, own)) and None,
    "black": lambda own, other: own.write_bytes(zero_frames(own)) and None,
    "silent": lambda own, other: own.write_bytes(remove_sound(own)) and None,
    "torn": lambda own, other: own.write_bytes(own.read_bytes()[:3000]) and None,
    "gone": lambda own, other: own.unlink(),
}
"""What happens to the clip of the same name."""


def render_classes(folder: Path) -> None:
    """A clip of each class, whole: as large and as long as those that tiny-omni knows."""
    folder.mkdir()
    for index, name in enumerate(CLASSES):
        (folder / f"{name}.mp4").write_bytes(Drawing(name, "test", 5, index).render())


def draw(drawings: Path, folder: Path) -> Drawn:
    """A whole clip of each class, called as it is, and before them the broken ones."""
    clips = folder / "clips"
    clips.mkdir()
    listed = []
    for index, (name, broken) in enumerate(BROKEN.items()):
        shutil.copy(drawings / f"{CLASSES[index]}.mp4", clips / f"{name}.mp4")
        broken(clips / f"{name}.mp4", drawings / f"{CLASSES[index + 3]}.mp4")
        listed.append((name, CLASSES[index]))
    for name in CLASSES:
        shutil.copy(drawings / f"{name}.mp4", clips / f"{name}.mp4")
        listed.append((name, name))
    write_manifest(
        folder / "manifest.parquet",
        Manifest([_clip(*each) for each in listed], ManifestNotes.model_validate({"origin": "drawn"})),
    )
    return Drawn(folder / "manifest.parquet", clips)


def _clip(clip_id: str, class_name: str) -> ManifestClip:
    url = f"https://example.org/{clip_id}.mp4"
    return ManifestClip(clip_id, class_name, "train" if clip_id[0] in "ABC" else "test", 0.0, 10.0, url=url)
