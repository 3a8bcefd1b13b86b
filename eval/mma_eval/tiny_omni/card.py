"""Read and write training.json and scores.json of a tiny-omni folder, and render its card from them."""

from pathlib import Path

from mma_bench.core.files import write_text
from mma_bench.core.records import Items, Number, Record, Text, read_record, write_record
from mma_cards import render_card
from mma_eval.run.record import RunError, read_run
from mma_eval.scoring.metrics import MetricsCell, MetricsPair, read_metrics

TRAINING = "training.json"
SCORES = "scores.json"
_HEADER = (
    "---\nlicense: apache-2.0\nlibrary_name: transformers\npipeline_tag: any-to-any\n"
    "tags:\n- qwen2_5_omni\n- multimodal\n- audio-visual\n- mma-bench\n---\n"
)


class Phase(Record):
    """Steps, clips per step, and peak learning rate of one training phase; the rate decays to zero."""

    steps: int
    batch: int
    peak: Number


class Recipe(Record):
    """Settings that, together with library versions and machine, determine the weights of tiny-omni."""

    seed: int
    """Seed of the clips, the initial weights and the training order."""
    pictures: int
    """Number of drawn training videos."""
    sounds: int
    """Number of synthesised training audio tracks."""
    see: Phase
    """Training of the video encoder."""
    hear: Phase
    """Training of the audio encoder."""
    answer: Phase
    """Training of the language model."""


class TinyOmniTraining(Record):
    """Content of training.json: how the weights in the same folder were trained."""

    recipe: Recipe
    parameters: int
    right_while_training: dict[str, Number]
    """Final training accuracy by phase, as an exponential moving average over batches, 0 to 1."""
    seconds: int
    machine: Text
    """Name of the GPUs, or of the CPU with the number of threads."""
    versions: dict[str, str]
    """Versions of mma-bench and of the libraries that affect the weights."""


class TinyOmniScores(Record):
    """Content of scores.json: scores of the weights in the same folder, from one run."""

    clips: int
    """Number of clips in the largest cell."""
    command: Text
    """The commands that built the dataset and ran the evaluation."""
    dataset_digest: Text | None
    reading: int = 1
    """Version of the rules by which answers were read."""
    cells: Items[MetricsCell]
    pairs: Items[MetricsPair]


def write_card(folder: Path) -> Path:
    """Render a folder's README.md from its training.json and, if present, scores.json.

    Raises:
        RunError: training.json is missing, or a file cannot be read.
    """
    try:
        training = read_record(folder / TRAINING, TinyOmniTraining, made_by="mma-bench train-tiny-omni", error=RunError)
    except FileNotFoundError as error:
        raise RunError(f"{folder}: no {TRAINING}; expected a folder written by `mma-bench train-tiny-omni`") from error
    scores = None
    if (folder / SCORES).exists():
        made_by = "mma-bench train-tiny-omni --scores"
        scores = read_record(folder / SCORES, TinyOmniScores, made_by=made_by, error=RunError)
    path = folder / "README.md"
    write_text(path, _HEADER + render_card("tiny_omni", {"training": training, "metrics": scores}))
    return path


def keep_scores(folder: Path, run: Path) -> Path:
    """Store the scores of a run folder beside the weights in `folder`, and update the card there.

    Raises:
        RunError: `run` is not a run folder, or a file in either folder cannot be read.
    """
    record, metrics = read_run(run), read_metrics(run)
    scores = TinyOmniScores(
        clips=max(cell.n for cell in metrics.cells),
        command=f"mma-bench build --splits {record.selection.split} --limit 1008 --seed 1; mma-bench eval",
        dataset_digest=metrics.dataset_digest,
        reading=metrics.reading,
        cells=metrics.cells,
        pairs=metrics.pairs,
    )
    write_record(folder / SCORES, scores)
    return write_card(folder)
