"""Lay out the review page and handle its events; every decision is saved before the next clip is shown."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from mma_bench.core.errors import MMABenchError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.page.words import (
    PLAYER,
    class_html,
    decided_sentence,
    done_html,
    legend_html,
    notice_html,
    progress_html,
)
from mma_bench.verification.session import SavedReview, StaleDecisionError
from mma_bench.verification.votes import Verdict

Component: TypeAlias = Any
"""A gradio component or its value; untyped because gradio is imported only to build a page."""
_Show: TypeAlias = Callable[[str], list[Component]]
"""Function that returns the values of the page's components, given the notice to show."""

_AT_ONCE: Mapping[str, str | bool] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
# A press during another event is dropped, since it would apply to a clip not yet seen.
_ONCE: Mapping[str, str | bool] = {**_AT_ONCE, "trigger_mode": "once"}
_LATEST: Mapping[str, str | bool] = {**_AT_ONCE, "trigger_mode": "always_last"}


def lay_out(review: SavedReview, clips: Path) -> None:
    """Create the components within a gr.Blocks, and connect them to their handlers."""
    import gradio as gr

    clip = gr.Textbox(visible="hidden")  # the id of the displayed clip, so that a decision names its clip
    unplayable = gr.Button(visible="hidden", elem_id="unplayable")  # pressed by the player's script
    with gr.Row(elem_id="top"):
        annotator = escape(review.look().ballot.annotator)
        gr.HTML(f'<h2 class="mma-title">MMA-Bench review <span>by {annotator}</span></h2>', padding=False)
        progress = gr.HTML(elem_id="progress", padding=False)
    with gr.Column(elem_id="done", visible=False) as done:
        done_text = gr.HTML(padding=False)
        undo_last = gr.Button("Undo the last decision", elem_classes="mma-undo", size="sm", min_width=200, scale=0)
    with gr.Row(elem_id="asking", visible=False) as asking:  # hidden until there is a clip, so that keys press nothing
        with gr.Column(scale=5, min_width=320):
            gr.HTML(PLAYER, padding=False)
        with gr.Column(scale=3, min_width=300, elem_id="side"):
            class_name = gr.HTML(elem_id="class", padding=False)
            with gr.Group(elem_id="criteria"):
                gr.HTML("<h3>Mark what is wrong</h3>", elem_id="mark")
                broken = [gr.Checkbox(label=c.broken, info=c.failing, elem_id=name) for name, c in CRITERIA.items()]
            note = gr.Textbox(label="Note", lines=2, max_lines=4, elem_id="note")
            with gr.Column(elem_id="decide"):
                notice = gr.HTML(elem_id="notice", padding=False)
                with gr.Row(elem_id="verdicts"):
                    passed = gr.Button("Pass", elem_id="pass", min_width=80, scale=3)
                    failed = gr.Button("Fail", elem_id="fail", min_width=80, scale=3)
                    undo = gr.Button("Undo", elem_classes="mma-undo", min_width=80, scale=2)
    gr.HTML(legend_html(), elem_id="legend", padding=False)

    inputs = [clip, *broken, note]
    outputs = [*inputs, class_name, progress, asking, done, done_text, undo, undo_last, notice]
    show = partial(_shown, review, clips)
    gr.on(None, show, None, outputs, **_ONCE)
    buttons: Mapping[Verdict, Component] = {"pass": passed, "fail": failed}
    for verdict, button in buttons.items():
        button.click(partial(_decided, review, show, verdict), inputs, outputs, **_ONCE)
    for button in (undo, undo_last):
        button.click(partial(_undone, review, show), None, outputs, **_ONCE)
    unplayable.click(partial(_set_aside, review, show), clip, outputs, **_ONCE)
    for part in (*broken, note):
        part.input(partial(_drafted, review), inputs, notice, **_LATEST)


def _shown(review: SavedReview, clips: Path, notice: str = "") -> list[Component]:
    """Return the values of the `outputs` in `lay_out`: the current clip with its draft, or the final message."""
    import gradio as gr

    session = review.show()
    progress, ended = session.progress, session.current is None
    if session.current is None:
        view = ["", *(False for _ in CRITERIA), "", ""]
        ending = done_html(progress, review.path, session.unplayable)
    else:
        clip, draft = _clip(review, session.current), session.ballot.vote(session.current)
        source = f"gradio_api/file={quote(str((clips / clip.file).resolve()))}"
        view = [clip.clip_id, *(name in draft.broken for name in CRITERIA), draft.note, class_html(clip, source)]
        ending = ""
    turned = [gr.update(visible=not ended), gr.update(visible=ended), ending]
    undo = gr.update(interactive=progress.decided > 0)
    return [*view, progress_html(progress), *turned, undo, undo, notice]


def _decided(review: SavedReview, show: _Show, verdict: Verdict, *inputs: Component) -> list[Component]:
    clip_id, broken, note = _read(inputs)

    def decide() -> str:
        review.decide(clip_id, verdict, broken, note)
        return decided_sentence(_clip(review, clip_id).class_name, verdict)

    return _apply(decide, show)


def _undone(review: SavedReview, show: _Show) -> list[Component]:
    def undo() -> str:
        review.undo()
        return "Taken back. Decide anew: your marks and your note are as they were."

    return _apply(undo, show)


def _set_aside(review: SavedReview, show: _Show, clip_id: str) -> list[Component]:
    review.set_aside(clip_id)
    said = f"{clip_id} does not play in this browser. It stays undecided, and comes again another time."
    return show(notice_html(said))


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
    """Apply a change and return the page's values; if it is refused, show why, and also refresh a stale page."""
    import gradio as gr

    try:
        return show(notice_html(change()))
    except StaleDecisionError as error:
        return show(notice_html(str(error), refused=True))
    except MMABenchError as error:
        values: list[Component] = [gr.skip() for _ in show("")]
        return [*values[:-1], notice_html(str(error), refused=True)]


def _clip(review: SavedReview, clip_id: str) -> ManifestClip:
    return next(clip for clip in review.look().ballot.reviewed if clip.clip_id == clip_id)


def _read(inputs: tuple[Component, ...]) -> tuple[str, list[str], str]:
    clip_id, *marks, note = inputs
    return clip_id, [name for name, broken in zip(CRITERIA, marks, strict=True) if broken], note or ""
