"""Write report.html and report.md from run folders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mma_accuracy.outcomes import OUTCOMES, PAIR_OUTCOMES
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_bytes, write_text
from mma_eval.report.page import Page, Picture
from mma_eval.report.pictures.charts import on_white
from mma_eval.report.rendering import page_environment
from mma_eval.report.runs import ENDING, Run, read_runs
from mma_eval.report.section import make_section


@dataclass(frozen=True)
class Report:
    """Files of a report, and the number of runs in it."""

    html: Path
    markdown: Path
    runs: int


def write_report(
    folders: Sequence[Path], out: Path, *, compare: tuple[str, str] | None = None, failures: int = 3
) -> Report:
    """Write a report on runs: a self-contained HTML file, and beside it Markdown with a folder of pictures.

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
    page = Page("MMA-Bench report", [make_section(r, pairs, failures) for r in _by_dataset(runs)], _definitions())
    files = out.with_name(f"{out.stem}_files")
    for picture in _pictures(page):
        write_bytes(files / picture.name, _as_file(picture))
    html, markdown = (page_environment(html=is_html) for is_html in (True, False))
    write_text(out, html.get_template("report.html.jinja").render(page=page))
    beside = out.with_suffix(".md")
    write_text(beside, markdown.get_template("report.md.jinja").render(page=page, files=files.name))
    return Report(out, beside, len(runs))


def _by_dataset(runs: Sequence[Run]) -> list[list[Run]]:
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        data = run.record.data
        groups.setdefault((data.digest, data.split), []).append(run)
    return list(groups.values())


def _named(runs: Sequence[Run], name: str) -> Run:
    for run in runs:
        if name in (run.name, f"{run.name}{ENDING}", str(run.folder)):
            return run
    raise OptionsError(f"--compare {name}: no such run; expected one of {', '.join(run.name for run in runs)}")


def _definitions() -> Mapping[str, str]:
    return {
        "accuracy": "share of all questions whose answer names the right class; a missing answer counts as wrong (ALL)",
        "VALID accuracy": "the same among the questions that have an answer",
        "interval": "95 %, Wilson; answers about one clip count once, so more seeds do not make it narrower",
        "chance": "one out of the options that were listed",
        **{name.replace("_", " "): text for name, text in (*OUTCOMES.items(), *PAIR_OUTCOMES.items())},
    }


def _pictures(page: Page) -> Iterator[Picture]:
    for section in page.sections:
        yield from section.outcome_bars
        yield from section.pair_bars
        yield from section.confusions
        if section.attention is not None:
            yield from (picture for gallery in section.attention.galleries for picture in gallery.pictures)
        for _, failures in section.failures:
            yield from (p for f in failures for p in (f.strip, f.wave) if p is not None)


def _as_file(picture: Picture) -> bytes:
    return on_white(picture.data.decode()).encode() if picture.media_type == "image/svg+xml" else picture.data
