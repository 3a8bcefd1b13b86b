"""Write report.html and report.md from run folders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_accuracy.outcomes import OUTCOMES, PAIR_OUTCOMES
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_bytes, write_text
from mma_eval.report.page import Picture, Section
from mma_eval.report.pictures.charts import on_white
from mma_eval.report.rendering import page_environment
from mma_eval.report.runs import ENDING, Run, read_runs
from mma_eval.report.section import make_section

_DEFINITIONS = {
    "accuracy": "share of all questions whose answer names the right class; a missing answer counts as wrong (ALL)",
    "VALID accuracy": "the same among the questions that have an answer",
    "interval": "95 %, Wilson; answers about one clip count once, so more seeds do not make it narrower",
    "chance": "one out of the options that were listed",
    **{name.replace("_", " "): text for name, text in (*OUTCOMES.items(), *PAIR_OUTCOMES.items())},
}


@dataclass(frozen=True)
class Report:
    """Files of a report, and the number of runs in it."""

    html: Path
    markdown: Path
    runs: int


def write_report(
    folders: Sequence[Path], out: Path, *, compare: tuple[str, str] | None = None, failures: int = 3
) -> Report:
    """Write a report on run folders: a self-contained HTML file, and beside it Markdown with a folder of pictures.

    Args:
        folders: run folders.
        out: path of the HTML file; the Markdown ends in .md instead, the picture folder in _files.
        compare: names of two runs to compare; by default each base model with its tuned versions.
        failures: number of wrong answers to show for each condition, prompt and variant.

    Raises:
        MMABenchError: a folder is not a run folder, has no answers, or contains a malformed file.
        OptionsError: `compare` names an unknown run, or runs on different datasets.
    """
    runs = read_runs(folders)
    pairs = [(_named(runs, compare[0]), _named(runs, compare[1]))] if compare else []
    if any(a.record.data.digest != b.record.data.digest for a, b in pairs):
        raise OptionsError(
            f"--compare {' '.join(compare or ())}: these runs are on different datasets; name two runs on one dataset"
        )
    by_dataset: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_dataset.setdefault((run.record.data.digest, run.record.data.split), []).append(run)
    sections = [make_section(group, pairs, failures) for group in by_dataset.values()]
    files = out.with_name(f"{out.stem}_files")
    for picture in _pictures(sections):
        is_svg = picture.media_type == "image/svg+xml"
        write_bytes(files / picture.name, on_white(picture.data.decode()).encode() if is_svg else picture.data)
    content = {"sections": sections, "definitions": _DEFINITIONS, "files": files.name}
    beside = out.with_suffix(".md")
    write_text(out, page_environment(html=True).get_template("report.html.jinja").render(content))
    write_text(beside, page_environment(html=False).get_template("report.md.jinja").render(content))
    return Report(out, beside, len(runs))


def _named(runs: Sequence[Run], name: str) -> Run:
    for run in runs:
        if name in (run.name, f"{run.name}{ENDING}", str(run.folder)):
            return run
    raise OptionsError(f"--compare {name}: no such run; expected one of {', '.join(run.name for run in runs)}")


def _pictures(sections: Sequence[Section]) -> Iterator[Picture]:
    for section in sections:
        yield from section.outcome_bars
        yield from section.pair_bars
        yield from section.confusions
        if section.attention is not None:
            yield from (picture for gallery in section.attention.galleries for picture in gallery.pictures)
        for _, failures in section.failures:
            yield from (p for f in failures for p in (f.strip, f.wave) if p is not None)
