"""Demo page of the metric: read one answer, or score a file of answers. Start it locally with `python app.py`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import gradio as gr

if not __package__:  # a Space runs this file at its root, so the folder becomes the package
    _FOLDER = Path(__file__).resolve().parent
    sys.path.insert(0, str(_FOLDER.parent))
    import_module(_FOLDER.name)
    __package__ = _FOLDER.name

from .outcomes import OUTCOMES, PAIR_OUTCOMES, PROMPTS, judge
from .scoring import Cell, Pair, score

_EXAMPLES = [
    ["Bird If you have any other questions, feel free to ask!", "Bird, Canidae, Clock", "Clock", "Bird", "audio"],
    ["The video shows a bird, but the audio is a clock.", "Bird, Canidae, Clock", "Clock", "Bird", "audio"],
    ["It is either a bird or a clock.", "Bird, Canidae, Clock", "Clock", "Bird", "audio"],
    ["I cannot hear any sound.", "Bird, Canidae, Clock", "Clock", "Bird", "audio"],
]
_MAX_BYTES = 50_000_000
_NEEDED = "each line must be a JSON object with id, condition, prompt, reference, options, and answer or error"


def read(answer: str, options: str, reference: str, other: str, prompt: str | None = None) -> tuple[str, str]:
    """Read and judge one answer.

    Args:
        answer: raw text of a model's answer.
        options: the classes that the question listed, separated by commas.
        reference: class of the modality asked about.
        other: class of the other modality; may be empty.
        prompt: the modality asked about, visual or audio; None if unknown.

    Returns:
        Two texts: the class that the answer names with the reason, and the outcome with its meaning.
    """
    classes = [option.strip() for option in options.split(",") if option.strip()]
    if not classes:
        raise gr.Error("No options given; enter them separated by commas, such as Bird, Canidae, Clock")
    right = reference.strip() or classes[0]
    judged = judge(answer, classes, reference=right, other=other.strip() or None, prompt=prompt or None)
    reading = judged.reading
    named = reading.class_name or reading.kind.replace("_", " ")
    return f"{named}: {reading.why}", f"{judged.outcome.replace('_', ' ')}: {OUTCOMES[judged.outcome]}"


def score_file(file: str) -> tuple[list[list[Any]], list[list[Any]]]:
    """Score a predictions.jsonl file.

    Args:
        file: path of a file with one JSON object per line: id, condition, prompt, reference, options, answer, and
            optionally variant, seed, other, caption, clip_id, error, ended.

    Returns:
        Rows of the table of cells and of the table of pairs, with rates in percent.
    """
    if not file:
        raise gr.Error("No file chosen; choose a predictions.jsonl file")
    if (size := Path(file).stat().st_size) > _MAX_BYTES:
        raise gr.Error(f"The file has {size:,} bytes; expected at most {_MAX_BYTES:,}. Run mma-bench score instead")
    try:
        lines = [json.loads(line) for line in Path(file).read_bytes().split(b"\n") if line.strip()]
        found = score(
            [line.get("answer") for line in lines],
            [line["reference"] for line in lines],
            classes=[line["options"] for line in lines],
            other_references=[line.get("other") for line in lines],
            caption_references=[line.get("caption") for line in lines],
            conditions=[line["condition"] for line in lines],
            prompts=[line["prompt"] for line in lines],
            variants=[line.get("variant") or "plain" for line in lines],
            clip_ids=[line.get("clip_id") or line["id"] for line in lines],
            errors=[line.get("error") for line in lines],
            pair_ids=[f"{line['id']} {line.get('seed', 0)}" for line in lines],
            ended=[line.get("ended") for line in lines],
        )
    except KeyError as error:
        number = next(k for k, line in enumerate(lines, 1) if error.args[0] not in line)
        raise gr.Error(f"Answer {number} in the file has no {error}; {_NEEDED}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise gr.Error(f"The file cannot be scored ({error}); {_NEEDED}") from error
    return [_row(cell, _CELL) for cell in found["cells"]], [_row(pair, _PAIR) for pair in found["pairs"]]


def _row(scores: Cell | Pair, fields: Mapping[str, str]) -> list[Any]:
    """Return a table row with the scores named by `fields`, then the rate of each outcome; rates are in percent."""
    values = [*map(dict(scores).get, fields), *scores["outcomes"].values()]
    return [round(100 * value, 1) if isinstance(value, float) else value for value in values]


def _spelt(names: Iterable[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


# Headers by field of the scores.
_CELL = {
    **{"condition": "condition", "prompt": "asked about", "variant": "asked as", "n": "n", "accuracy": "accuracy"},
    **{"ci_low": "from", "ci_high": "to", "accuracy_valid": "VALID", "chance": "chance"},
    **{"n_attributed": "attributed", "accuracy_without_attributed": "without them"},
}
_PAIR = {"condition": "condition", "variant": "asked as", "n": "n"}


def build() -> gr.Blocks:
    """Build the demo page."""
    with gr.Blocks(title="mma_accuracy") as page:
        gr.Markdown(
            "# mma_accuracy\nDoes a multimodal model answer from the sense it is asked about? This metric reads free "
            "answers and says whom they followed ([MMA-Bench](https://arxiv.org/abs/2511.22826))."
        )
        with gr.Tab("One answer"):
            answer = gr.Textbox(label="Answer", lines=3)
            options = gr.Textbox(label="Options, separated by commas", value="Bird, Canidae, Clock")
            with gr.Row():
                reference = gr.Textbox(label="Class of the modality asked about", value="Clock")
                other = gr.Textbox(label="Class of the other modality (may be empty)", value="Bird")
                prompt = gr.Radio([*PROMPTS], label="Asked about", value="audio")
            button = gr.Button("Read", variant="primary")
            reading, outcome = gr.Textbox(label="Read as"), gr.Textbox(label="Outcome")
            inputs, outputs = [answer, options, reference, other, prompt], [reading, outcome]
            button.click(read, inputs, outputs, api_name="read")
            gr.Examples(_EXAMPLES, inputs, outputs, read, cache_examples=False, run_on_click=True)
        with gr.Tab("A file of answers"):
            file = gr.File(label="predictions.jsonl", file_types=[".jsonl"], type="filepath")
            cells = gr.Dataframe(label="Cells, %", headers=[*_CELL.values(), *_spelt(OUTCOMES)], interactive=False)
            headers = [*_PAIR.values(), *_spelt(PAIR_OUTCOMES)]
            pairs = gr.Dataframe(label="Both questions together, %", headers=headers, interactive=False)
            gr.Button("Score", variant="primary").click(score_file, [file], [cells, pairs], api_name="score")
    assert isinstance(page, gr.Blocks)
    return page


if __name__ == "__main__":
    build().launch()
