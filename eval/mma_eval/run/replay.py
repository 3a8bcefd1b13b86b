"""Replay a file of existing answers as a model (`predictions:FILE`)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mma_accuracy.ending import ENDED
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.files import file_sha256
from mma_bench.core.records import Json
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.run.questions import Key
from mma_eval.run.store import PredictionsError, json_lines


class PredictionsFile(Model):
    """Model that replays a JSONL file with `id`, `prompt` and `answer`; `variant`, `seed` and `ended` are optional."""

    def __init__(self, file: str) -> None:
        self.path = Path(file)
        self._answers = _read(self.path)

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        """Look up the answers in the file; a question without an answer gets an error."""
        missing = Answer(None, error=f"no answer in {self.path.name}", final=True)
        return [self._answers.get((q.row_id, q.prompt, q.variant, q.seed), missing) for q in questions]

    def describe(self) -> Mapping[str, Json]:
        """Return the model family, and the name and digest of the file."""
        return {"family": "predictions", "name": self.path.stem, "sha256": file_sha256(self.path)}

    def check_dataset(self, classes: Sequence[str], row_ids: Callable[[], frozenset[str]]) -> None:
        """Raise a PredictionsError unless every answer belongs to a row of the dataset."""
        rows = row_ids()
        unknown = sorted({key[0] for key in self._answers} - rows)
        if unknown:
            raise PredictionsError(
                f"{self.path}: {len(unknown)} unknown row ids, such as {unknown[0]!r}; expected ids "
                f"such as {min(rows)!r}. Check --data and --split"
            )


def _read(path: Path) -> dict[Key, Answer]:
    found: dict[Key, Answer] = {}
    numbers: dict[Key, int] = {}
    for number, line in json_lines(path):
        where = f"{path}, line {number}"
        key, text, error = _key(line, where), line["answer"], line.get("error")
        if not isinstance(text, str | None):
            raise PredictionsError(f"{where}: answer: expected a string, or null with an error, found {text!r:.80}")
        if key in found and found[key].error is None:
            raise PredictionsError(
                f"{where}: {key[0]}, {key[1]}, {key[2]}, seed {key[3]} was already answered in line {numbers[key]}; "
                "keep one of the two lines"
            )
        ended = line.get("ended")
        if ended not in (None, *ENDED):
            raise PredictionsError(f"{where}: ended: expected one of {', '.join(ENDED)} or null, found {ended!r:.80}")
        found[key] = Answer(text, error=None if text is not None else str(error or "no answer"), ended=ended)
        numbers[key] = number
    if not found:
        raise PredictionsError(f"{path}: no answers; expected a line with id, prompt and answer for each question")
    return found


def _key(line: Mapping[str, Json], where: str) -> Key:
    absent = [name for name in ("id", "prompt", "answer") if name not in line]
    if absent:
        raise PredictionsError(f"{where}: missing {', '.join(absent)}; each line needs id, prompt and answer")
    if line["prompt"] not in PROMPTS:
        raise PredictionsError(
            f"{where}: prompt: expected the modality asked about, {' or '.join(PROMPTS)}, found {line['prompt']!r:.80}"
        )
    seed = line.get("seed") or 0
    if type(seed) is not int:
        raise PredictionsError(f"{where}: seed: expected an integer, found {seed!r:.80}")
    return str(line["id"]), line["prompt"], str(line.get("variant") or "plain"), seed
