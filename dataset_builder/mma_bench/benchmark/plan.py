"""Plan the rows of a dataset before any media are rendered."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mma_bench.benchmark import prompts
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS, Split
from mma_bench.benchmark.pairing import pair_donors, pair_many_donors
from mma_bench.benchmark.splits import shuffled
from mma_bench.core.errors import PairingError


@dataclass(frozen=True, slots=True)  # a large plan has tens of thousands of rows
class PlannedRow:
    """A row of the dataset, before its media are rendered."""

    id: str
    split: Split
    condition: str
    clip_id: str
    visual_class: str
    audio_class: str
    seed: int
    donor_id: str | None = None
    caption_class: str | None = None
    questions: tuple[str, str] | None = None
    """The visual and audio question of a published row; None in a new plan."""


@dataclass(frozen=True)
class Questions:
    """Answer options and long context from which a dataset's questions are rendered."""

    options: tuple[str, ...]
    long_context: prompts.LongContext

    def of(self, row: PlannedRow, prompt: prompts.Prompt) -> str:
        """Return the published question of a row, or render a new one."""
        if row.questions is not None:
            return row.questions[prompts.PROMPTS.index(prompt)]
        asked = prompts.question(prompt, self.options)
        if row.caption_class is not None:
            return prompts.with_caption(asked, row.caption_class)
        if CONDITIONS[row.condition].text == "long_context":
            return prompts.with_long_context(asked, self.long_context, seed=row.seed, clip_id=row.clip_id)
        return asked


def plan_rows(
    split_of: Mapping[str, Split],
    class_of: Mapping[str, str],
    *,
    conditions: Collection[str],
    seed: int,
    train_swaps: int = 10,
) -> list[PlannedRow]:
    """Plan the rows of every split, grouped by clip, with the clips in seeded order.

    Donors come from the same split: one per validation or test clip, `train_swaps` of distinct other classes per train
    clip (paper, sections 3 and 5.1). `split_of` and `class_of` are keyed by clip id; the order does not matter.

    Raises:
        PairingError: the classes of a split do not allow the swaps.
    """
    options = sorted({class_of[clip] for clip in split_of})
    rows: list[PlannedRow] = []
    for split in SPLITS:
        clips = {clip: class_of[clip] for clip, s in split_of.items() if s == split}
        wanted = [c for c in CONDITIONS.values() if c.name in conditions and split in c.splits]
        donors = _donors(clips, split, seed, train_swaps) if any(c.audio == "donor" for c in wanted) else {}
        for clip in shuffled(clips, seed=seed):
            own = class_of[clip]
            for condition in wanted:
                row = PlannedRow(f"{clip}.{condition.name}", split, condition.name, clip, own, own, seed)
                if condition.audio == "donor":
                    rows += _swapped(row, donors[clip], class_of)
                elif condition.text == "caption":
                    caption = prompts.misleading_class(own, own, options, seed=seed, clip_id=clip)
                    rows.append(replace(row, caption_class=caption))
                else:
                    rows.append(row)
    return rows


def _swapped(row: PlannedRow, donors: Sequence[str], class_of: Mapping[str, str]) -> Iterator[PlannedRow]:
    for k, donor in enumerate(donors):
        row_id = f"{row.id}.{k}" if len(donors) > 1 else row.id
        yield replace(row, id=row_id, audio_class=class_of[donor], donor_id=donor)


def _donors(clips: Mapping[str, str], split: Split, seed: int, train_swaps: int) -> dict[str, list[str]]:
    try:
        if split == "train":
            return pair_many_donors(clips, k=train_swaps, seed=seed)
        return {clip: [donor] for clip, donor in pair_donors(clips, seed=seed).items()}
    except PairingError as error:
        swaps = "Set the number of swaps with --train-swaps, or" if len(set(clips.values())) > 1 else "Or"
        hint = f" {swaps} build without the train split (--splits test)." if split == "train" else ""
        raise PairingError(f"split {split}: {error}{hint}") from error
