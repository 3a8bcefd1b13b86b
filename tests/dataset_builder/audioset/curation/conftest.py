import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mma_bench.audioset.curation.curate import Curation, curate
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.segments import segment_list
from small_audioset import ONTOLOGY, TAXONOMY, label_id

World = Callable[..., Curation]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Write the world and a list of clips (`id=Label,Label`), and curate them."""

    def make(*clips: str, taxonomy: str = TAXONOMY, ontology: dict[str, list[str]] = ONTOLOGY, **readings: str):
        marks = {"!": ["blacklist"], "?": ["abstract"]}
        entries = [
            {
                "id": label_id(name),
                "name": name.rstrip("!?"),
                "child_ids": [label_id(child) for child in children],
                "restrictions": marks.get(name[-1], []),
            }
            for name, children in ontology.items()
        ]
        (tmp_path / "ontology.json").write_text(json.dumps(entries))
        (tmp_path / "taxonomy.csv").write_text(taxonomy)
        lines = ["# Segments csv\n", "# YTID, start_seconds, end_seconds, positive_labels\n"]
        for clip in clips or ("aaaaaaaaaaa=Cat",):
            name, _, labels = clip.partition("=")
            ids = ",".join(label_id(label) for label in labels.split(","))
            lines.append(f'{name.ljust(11, "_")}, 30.000, 40.000, "{ids}"\n')
        (tmp_path / "eval_segments.csv").write_text("".join(lines))
        return curate(
            tmp_path / "ontology.json",
            [segment_list(str(tmp_path / "eval_segments.csv"))],
            taxonomy_file=tmp_path / "taxonomy.csv",
            readings=Readings(**readings),
        )

    return make


@pytest.fixture
def classes_of_clips(world: World) -> Callable[..., dict[str, str]]:
    """Return the classes of the kept clips by the beginning of their ids."""

    def run(*clips: str, **changes: object) -> dict[str, str]:
        manifest = world(*clips, **changes).manifest
        return {clip.clip_id.partition("_")[0]: clip.class_name for clip in manifest.clips}

    return run
