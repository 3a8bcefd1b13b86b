"""Handle the events of the review page; every decision is saved before the next clip is shown."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from mma_bench.core.errors import MMABenchError
from mma_bench.verification.autosave import SavedReview
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.page.layout import Component, Parts
from mma_bench.verification.page.words import class_html, decided_sentence, done_html, notice_html, progress_html
from mma_bench.verification.session import ReviewProgress, StaleDecisionError
from mma_bench.verification.votes import Verdict

_Show: TypeAlias = Callable[[str], list[Component]]
"""Returns the values of `Parts.shown`, with a notice."""
_AT_ONCE: Mapping[str, str | bool] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
# A press during another event is dropped, since it would apply to a clip not yet seen.
_ONCE: Mapping[str, str | bool] = {**_AT_ONCE, "trigger_mode": "once"}
_LATEST: Mapping[str, str | bool] = {**_AT_ONCE, "trigger_mode": "always_last"}


def follow(review: SavedReview, clips: Path, parts: Parts) -> None:
    """Connect the components to their handlers, within the page's gr.Blocks."""
    import gradio as gr

    show = partial(shown, review, clips)
    gr.on(None, show, None, parts.shown, **_ONCE)
    buttons: Mapping[Verdict, Component] = {"pass": parts.passed, "fail": parts.failed}
    for verdict, button in buttons.items():
        decide = partial(_decided, review, show, verdict)
        button.click(decide, parts.inputs, parts.shown, **_ONCE)
    for undo in parts.undos:
        undo.click(partial(_undone, review, show), None, parts.shown, **_ONCE)
    parts.unplayable.click(partial(_set_aside, review, show), parts.clip, parts.shown, **_ONCE)
    for part in (*parts.broken.values(), parts.note):
        part.input(partial(_drafted, review), parts.inputs, parts.notice, **_LATEST)


def shown(review: SavedReview, clips: Path, notice: str = "") -> list[Component]:
    """Return the values of `Parts.shown`: the clip under review with its draft, or the end."""
    import gradio as gr

    session = review.show()
    clip_id, progress = session.current, session.progress
    if clip_id is None:
        said = done_html(progress, review.path, session.unplayable)
        emptied = ["", *(False for _ in CRITERIA), "", ""]
        turned = [gr.update(visible=False), gr.update(visible=True), said]
        return [*emptied, progress_html(progress), *turned, *_undos(progress), notice]
    clip = next(clip for clip in session.ballot.manifest.clips if clip.clip_id == clip_id)
    draft = session.ballot.vote(clip_id)
    marks = [name in draft.broken for name in CRITERIA]
    turned = [gr.update(visible=True), gr.update(visible=False), ""]
    source = f"gradio_api/file={quote(str((clips / clip.file).resolve()))}"
    view = [clip_id, *marks, draft.note, class_html(clip, source)]
    return [*view, progress_html(progress), *turned, *_undos(progress), notice]


def _decided(review: SavedReview, show: _Show, verdict: Verdict, *inputs: Component) -> list[Component]:
    clip_id, broken, note = _read(inputs)

    def decide() -> str:
        review.decide(clip_id, verdict, broken, note)
        ballot = review.look().ballot
        clip = next(clip for clip in ballot.manifest.clips if clip.clip_id == clip_id)
        return decided_sentence(clip, ballot.vote(clip_id))

    return _apply(decide, show)


def _undone(review: SavedReview, show: _Show) -> list[Component]:
    def undo() -> str:
        review.undo()
        return "Taken back. Decide anew: your marks and your note are as they were."

    return _apply(undo, show)


def _set_aside(review: SavedReview, show: _Show, clip_id: str) -> list[Component]:
    def leave() -> str:
        review.set_aside(clip_id)
        return f"{clip_id} does not play in this browser. It stays undecided, and comes again another time."

    return _apply(leave, show)


def _drafted(review: SavedReview, *inputs: Component) -> Component:
    """Save the draft and clear the notice."""
    import gradio as gr

    try:
        review.draft(*_read(inputs))
    except StaleDecisionError:  # the clip was decided in the meantime
        return gr.skip()
    except MMABenchError as error:
        return notice_html(str(error), refused=True)
    return ""


def _apply(change: Callable[[], str], show: _Show) -> list[Component]:
    """Apply a change and return the page's values; a refused change only shows a notice and updates a stale page."""
    import gradio as gr

    try:
        return show(notice_html(change()))
    except StaleDecisionError as error:
        return show(notice_html(str(error), refused=True))
    except MMABenchError as error:
        values: list[Component] = [gr.skip() for _ in show("")]
        return [*values[:-1], notice_html(str(error), refused=True)]


def _read(inputs: tuple[Component, ...]) -> tuple[str, list[str], str]:
    clip_id, *marks, note = inputs
    return clip_id, [name for name, broken in zip(CRITERIA, marks, strict=True) if broken], note or ""


def _undos(progress: ReviewProgress) -> list[Component]:
    import gradio as gr

    return [gr.update(interactive=progress.decided > 0)] * 2
