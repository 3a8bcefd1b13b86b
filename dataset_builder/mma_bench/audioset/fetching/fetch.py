"""Fetch the clips of a manifest into a folder."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.audioset.fetching.attrition import FetchRecord, Journal, read_records
from mma_bench.audioset.fetching.clip import DOWNLOADS, ClipTask, fetch_clip, verify_clip
from mma_bench.audioset.fetching.options import FetchOptions, yt_dlp_options
from mma_bench.audioset.fetching.reasons import TRANSIENT, FetchError, Reason
from mma_bench.audioset.fetching.schedule import Attempt, Schedule
from mma_bench.benchmark.splits import limited
from mma_bench.core.errors import ClipError, OptionsError
from mma_bench.core.executor import WorkerPool, result_of
from mma_bench.core.files import remove_partial_files
from mma_bench.core.workfolder import sole_writer
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import find_manifest, read_manifest

STOP_AFTER = 10
"""The run stops after this many consecutive network errors or bot checks, since the clips are not the cause."""

WORK = ("mma_bench.audioset.fetching.clip", "mma_bench.audioset.fetching.download", "mma_bench.media.cut")
"""Modules that the worker processes of a fetch import."""

FetchProgress = Callable[[str, int, int], None]
"""Callback that receives the name of a step, the number of clips it has finished, and their total."""


@dataclass(frozen=True)
class FetchReport:
    """Result of a fetch."""

    folder: Path
    clips: Sequence[ManifestClip]
    """The requested clips."""
    records: Mapping[str, FetchRecord]
    """State of each clip, by id."""
    kept: int
    """Number of requested clips that were already in the folder."""
    stopped: Reason | None
    """Reason for stopping early; None if the run completed."""

    @property
    def present(self) -> Sequence[ManifestClip]:
        """The clips that are in the folder."""
        return [clip for clip in self.clips if self.records[clip.clip_id].has_file]

    @property
    def lost(self) -> Mapping[str, int]:
        """Number of clips without a file, by reason (or `not_tried`), the most frequent first."""
        lost = (self.records[clip.clip_id] for clip in self.clips)
        return dict(Counter(r.reason or r.status for r in lost if not r.has_file).most_common())


def fetch(options: FetchOptions, *, progress: FetchProgress = lambda step, done, total: None) -> FetchReport:
    """Download the clips of a manifest that are not in the folder yet, and record the state of each.

    Worker processes import the calling script, so a script must call this under `if __name__ == "__main__":`.

    Raises:
        OptionsError: an option is invalid, or another fetch is writing the folder.
        SourceError: the manifest or the folder's attrition.csv cannot be read.
        StorageError: the disk is full or refuses writing.
    """
    access = yt_dlp_options(options.yt_dlp)
    manifest = read_manifest(find_manifest(options.manifest))
    clips = limited(manifest.clips, options.limit, seed=0)
    tasks = [ClipTask(clip, options.out.absolute(), options.min_seconds, options.max_height, access) for clip in clips]
    if options.out.exists() and not options.out.is_dir():
        raise OptionsError(f"--out {options.out} is a file, not a folder; choose another --out")
    with sole_writer(options.out):
        options.out.mkdir(exist_ok=True)
        _tidy(options.out)
        try:
            pool = WorkerPool(options.jobs, imports=WORK)
            with Journal(options.out, read_records(options.out)) as journal, pool:
                missing = _verify_existing(tasks, journal, pool, progress)
                retried = {*TRANSIENT, *options.retry}
                final = {r.id for r in journal.records.values() if r.status == "lost" and r.reason not in retried}
                wanted = [task for task in missing if task.clip.clip_id not in final]
                stopped = _fetch(wanted, options, journal, pool, progress)
        finally:
            _tidy(options.out)
    records = {clip.clip_id: journal.records[clip.clip_id] for clip in clips}
    return FetchReport(options.out, clips, records, len(tasks) - len(missing), stopped)


def _verify_existing(
    tasks: Sequence[ClipTask], journal: Journal, pool: WorkerPool, progress: FetchProgress
) -> list[ClipTask]:
    """Validate the files in the folder and rename invalid ones; return the clips without a file."""
    fetched = {clip_id: record.sha256 for clip_id, record in journal.records.items() if record.status == "fetched"}
    found = [(task, fetched.get(task.clip.clip_id, "")) for task in tasks if task.file.exists()]
    checked = pool.map(verify_clip, found, name_of=lambda existing: str(existing[0].file))
    for done, ((task, _), result) in enumerate(checked, start=1):
        file, clip_id = task.file, task.clip.clip_id
        before = journal.records.get(clip_id)
        if isinstance(result, ClipError):
            file.replace(f"{file}.bad")  # kept, since the user may have put it there, but not used
        elif before is None or not before.has_file or before.sha256 != result:
            journal.add(clip_id, "there", sha256=result)
        progress("verify", done, len(found))
    missing = [task for task in tasks if not task.file.exists()]
    for task in missing:
        record = journal.records.get(task.clip.clip_id)
        if record is not None and record.has_file:
            journal.add(task.clip.clip_id, "not_tried", detail="its file was removed, or is not the clip")
    return missing


def _fetch(
    tasks: Sequence[ClipTask], options: FetchOptions, journal: Journal, pool: WorkerPool, progress: FetchProgress
) -> Reason | None:
    schedule = Schedule(
        tasks, now=time.monotonic(), pause=options.pause, attempts=options.attempts, backoff=options.backoff
    )
    running: dict[Future[Any], Attempt[ClipTask]] = {}
    in_a_row, done = 0, 0
    while schedule or running:
        while len(running) < options.jobs and (attempt := schedule.begin(time.monotonic())):
            running[pool.start(fetch_clip, attempt.item, timeout=options.timeout)] = attempt
        at = None if len(running) >= options.jobs else schedule.next_at()
        pause = None if at is None else max(0.0, at - time.monotonic())
        if not running:  # `wait` would return at once
            time.sleep(pause or 0.0)
        finished, _ = wait(running, timeout=pause, return_when=FIRST_COMPLETED)
        for future in finished:
            attempt = running.pop(future)
            error = _outcome(future, attempt.item, options, journal)
            retry = error is not None and error.reason == "network"
            if error and retry and schedule.retry(attempt, now=time.monotonic(), retry_after=error.retry_after):
                continue
            if error:
                journal.add(attempt.item.clip.clip_id, "lost", reason=error.reason, detail=error.detail)
            in_a_row = in_a_row + 1 if error and error.reason in {"network", "bot_check"} else 0
            done += 1
            progress("fetch", done, len(tasks))
            if error and in_a_row >= STOP_AFTER:
                _abort(schedule, running, journal)
                return error.reason
    return None


def _outcome(future: Future[Any], task: ClipTask, options: FetchOptions, journal: Journal) -> FetchError | None:
    try:
        sha256, remark = result_of(future, name=str(task.file), timeout=options.timeout)
    except FetchError as error:
        return error
    except ClipError as error:
        # The cause may be the recording or the machine, so the next run retries the clip.
        if error.problem == "timed_out":
            return FetchError("network", f"it took more than {options.timeout:g} s")
        return FetchError("other", "the process that fetched it ended before it was done")
    journal.add(task.clip.clip_id, "fetched", detail=remark, sha256=sha256)
    return None


def _abort(schedule: Schedule[ClipTask], running: Mapping[Future[Any], Attempt[ClipTask]], journal: Journal) -> None:
    for future in running:
        future.cancel()
    for task in [*(attempt.item for attempt in running.values()), *schedule.drain()]:
        journal.add(task.clip.clip_id, "not_tried", detail="the run stopped before it")


def _tidy(folder: Path) -> None:
    """Remove partial files that a killed process left behind."""
    remove_partial_files(folder)
    for unfinished in folder.glob(f"{DOWNLOADS}*/"):
        shutil.rmtree(unfinished, ignore_errors=True)
