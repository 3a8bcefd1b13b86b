"""Write report.html and report.md from run folders; untrusted text, such as answers, is escaped in both."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from mma_accuracy.outcomes import OUTCOMES, PAIR_OUTCOMES
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_bytes, write_text
from mma_eval.report.page import Picture, Section
from mma_eval.report.pictures.charts import on_white
from mma_eval.report.runs import ENDING, Run, read_runs
from mma_eval.report.section import make_section

_DEFINITIONS = {
    "accuracy": "share of all questions whose answer names the right class; a missing answer counts as wrong (ALL)",
    "VALID accuracy": "the same among the questions that have an answer",
    "interval": "95 %, Wilson; answers about one clip count once, so more seeds do not make it narrower",
    "chance": "one out of the options that were listed",
    **{name.replace("_", " "): text for name, text in (*OUTCOMES.items(), *PAIR_OUTCOMES.items())},
}
_ESCAPES = str.maketrans({**{c: f"\\{c}" for c in "\\|`*_["}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


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
        folders: run folders, on one or more datasets.
        out: path of the HTML file; the Markdown ends in .md instead, the picture folder in _files.
        compare: names of two runs to compare; by default each base model is compared with its tuned versions.
        failures: number of wrong answers to show for each condition, prompt and variant.

    Raises:
        MMABenchError: a folder is not a run folder, has no answers, or contains a malformed file.
        OptionsError: `compare` names an unknown run, or runs on different datasets.
    """
    runs = read_runs(folders)
    pairs = [(_named(runs, compare[0]), _named(runs, compare[1]))] if compare else []
    if any(a.record.data.digest != b.record.data.digest for a, b in pairs):
        raise OptionsError(
            f"--compare {' '.join(compare or ())}: these runs are on different datasets; name two on the same dataset"
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


def page_environment(*, html: bool, package: str = "mma_eval.report") -> Environment:
    """Return the Jinja environment of a package's `templates`, which may include the report's templates."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("mma_eval.report")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
    )
    environment.filters |= {
        "cell": _markdown_cell,
        "quoted": _markdown_quote,
        "unbroken": _with_unbroken_intervals,
        "svg": lambda picture: picture.data.decode(),
        "data_uri": lambda picture: _data_uri(picture.data, picture.media_type),
        "video_uri": lambda data: _data_uri(data, "video/mp4"),
    }
    return environment


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


def _markdown_cell(text: Any) -> str:
    """Escape text for a Markdown table cell.

    >>> _markdown_cell("a|b <script>")
    'a\\\\|b &lt;script&gt;'
    """
    return " ".join(str(text).split()).translate(_ESCAPES)


def _markdown_quote(text: str) -> str:
    """Wrap text in a code fence longer than any line of tildes in the text."""
    fence = "~" * (3 + max((len(run) for run in text.split("\n") if set(run) == {"~"}), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _with_unbroken_intervals(cell: str) -> str:
    """Keep intervals such as [0.80, 0.82] on one line.

    >>> _with_unbroken_intervals("0.81 [0.80, 0.82]")
    '0.81 [0.80,\\xa00.82]'
    """
    return re.sub(r"\[([^\[\]]*), ", "[\\1,\u00a0", cell)


def _data_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
