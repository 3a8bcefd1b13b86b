"""Read AudioSet's segment lists: recording, start, end and labels of each segment."""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mma_bench.benchmark.conditions import SPLITS, Split
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import unreadable

_SPLIT_OF_LIST: dict[str, Split] = {
    "eval_segments": "test",
    "balanced_train_segments": "train",
    "unbalanced_train_segments": "train",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a recording: a line of a segment list. Times are in seconds."""

    youtube_id: str
    start_seconds: float
    end_seconds: float
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentList:
    """A segment list and the split to which its clips belong."""

    path: Path
    split: Split

    @property
    def name(self) -> str:
        """Name of the list in the funnel.

        >>> SegmentList(Path("balanced_train_segments.csv"), "train").name
        'balanced_train'
        """
        return self.path.stem.removesuffix("_segments")


def segment_list(text: str) -> SegmentList:
    """Parse a value of `--segments`: a file named like one of AudioSet's lists, or `SPLIT=FILE`.

    Raises OptionsError if the text is neither.

    >>> segment_list("lists/eval_segments.csv").split, segment_list("train=mine.csv").path.name
    ('test', 'mine.csv')
    """
    before, equals, after = text.partition("=")
    named = next((s for s in SPLITS if equals and s == before), None)
    if named:
        return SegmentList(Path(after), named)
    split = _SPLIT_OF_LIST.get(Path(text).stem)
    if split is None:
        raise OptionsError(
            f"--segments {text}: cannot infer the split from the file name; expected one of "
            f"{', '.join(f'{n}.csv' for n in _SPLIT_OF_LIST)}, or SPLIT=FILE, such as test={after or text}, with "
            f"one of {', '.join(SPLITS)} as SPLIT"
        )
    return SegmentList(Path(text), split)


def read_segments(path: Path) -> Iterator[Segment]:
    """Yield the segments of a list in order.

    Raises SourceError if the file cannot be read, or a line is not in AudioSet's format; the message names the line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines, skipinitialspace=True)
            declared, count = None, 0
            for row in reader:
                if row and row[0].startswith("#"):
                    if found := re.search(r"num_segs=(\d+)", ",".join(row)):
                        declared = int(found[1])
                elif row:
                    yield _segment(row, f"{path} line {reader.line_num}")
                    count += 1
        if declared is not None and count != declared:
            raise SourceError(
                f"{path}: contains {count:,} segments, but its header declares {declared:,}; download it again, or "
                "delete num_segs from the header if you changed the list on purpose"
            )
    except OSError as error:
        raise unreadable(path, error) from error
    except (UnicodeError, csv.Error) as error:
        raise SourceError(f"{path}: cannot be read ({error}); expected a list such as eval_segments.csv") from error


def _segment(row: list[str], where: str) -> Segment:
    try:
        youtube_id, start, end, labels = row
        segment = Segment(youtube_id, float(start), float(end), tuple(labels.split(",")))
    except ValueError:
        segment = None
    if segment is None or not all(segment.labels) or not 0 <= segment.start_seconds < segment.end_seconds < math.inf:
        found = ", ".join(row)[:80]
        raise SourceError(
            f'{where}: invalid segment {found!r}; expected YTID, start_seconds, end_seconds, "label,label" with '
            "0 <= start_seconds < end_seconds"
        )
    return segment
