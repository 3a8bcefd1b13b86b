"""`mma-bench curate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def curate_command(
    ontology: Annotated[Path, typer.Option(help="AudioSet's ontology.json.")],
    segments: Annotated[list[str], typer.Option(help="Repeatable: a list of AudioSet, or SPLIT=FILE.")],
    out: Annotated[Path, typer.Option(help="The manifest to write; plots go beside it.")] = Path("manifest.parquet"),
    taxonomy: Annotated[
        Path | None, typer.Option(help="A CSV of decisions about labels, instead of the one that ships.")
    ] = None,
    multi_parent: Annotated[
        str,
        typer.Option(
            help="Remove labels with several parents: those whose paths end in `differing` classes, or `any`."
        ),
    ] = "differing",
    restricted: Annotated[
        str,
        typer.Option(
            help="Abstract or blacklisted labels deep below a class: `remove` them, or `absorb` them into it."
        ),
    ] = "remove",
    specific: Annotated[
        str,
        typer.Option(help="Most specific labels of a clip: the lowest `present`, or only a `leaf` of the ontology."),
    ] = "present",
    cross_tree: Annotated[
        str, typer.Option(help="A clip's labels must have a `shared` root, or one `single` root and no other.")
    ] = "shared",
    removed_label: Annotated[str, typer.Option(help="A removed label drops the `clip`, or only the `label`.")] = "clip",
    explain: Annotated[
        list[str] | None, typer.Option(help="Repeatable: explain why a YouTube id was kept or dropped.")
    ] = None,
    explain_class: Annotated[list[str] | None, typer.Option(help="Repeatable: explain what became of a class.")] = None,
) -> None:
    """Choose the clips of AudioSet that have one class: a manifest for `mma-bench fetch`.

    With `--explain` or `--explain-class`, only print the explanation and write nothing.
    """
    from mma_bench.audioset.curation.curate import CurationInputs, curate
    from mma_bench.audioset.curation.readings import Readings
    from mma_bench.audioset.curation.segments import segment_list

    readings: dict[str, Any] = {
        "multi_parent": multi_parent,
        "restricted": restricted,
        "specific": specific,
        "cross_tree": cross_tree,
        "removed_label": removed_label,
    }
    curation = curate(
        CurationInputs(
            ontology=ontology,
            segments=[segment_list(text) for text in segments],
            taxonomy=taxonomy,
            readings=Readings(**readings),
        )
    )
    if explain or explain_class:
        from mma_bench.audioset.curation.explain import explain_class as of_class
        from mma_bench.audioset.curation.explain import explain_clip as of_clip

        for youtube_id in explain or ():
            typer.echo(of_clip(curation, youtube_id))
        for name in explain_class or ():
            typer.echo(of_class(curation, name))
        return
    from mma_bench.audioset.curation.save import save_curation
    from mma_bench.cli.curation_report import print_curation

    print_curation(curation, save_curation(curation, out))
