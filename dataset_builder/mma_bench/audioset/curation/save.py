"""Writing what a curation found: the manifest, and pictures of the funnel beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mma_bench.audioset.curation.charts import draw_classes, draw_funnel
from mma_bench.audioset.curation.curate import Curation
from mma_bench.core.files import writing
from mma_bench.manifest.manifest import write_manifest


def save_curation(curation: Curation, out: Path) -> Sequence[Path]:
    """Write `out`, `<out>.funnel.png` and `<out>.classes.png` (for `manifest.parquet`: `manifest.funnel.png`).

    Raises:
        StorageError: one of them cannot be written.
    """
    write_manifest(out, curation.manifest)
    written = [out]
    for name, figure in (("funnel", draw_funnel(curation.funnel)), ("classes", draw_classes(curation.funnel))):
        path = out.with_suffix(f".{name}.png")
        with writing(path) as partial:
            # Without it the picture would carry its library's version.
            figure.savefig(partial, format="png", metadata={"Software": None})
        written.append(path)
    return written
