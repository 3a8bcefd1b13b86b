"""Lay out the review page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.page.words import legend_html, player_html, title_html

Component: TypeAlias = Any
"""A gradio component or its value; untyped because gradio is imported only to build a page."""


@dataclass(frozen=True)
class Parts:
    """The components of the page."""

    clip: Component
    """Id of the displayed clip, kept in the page so that a decision names its clip."""
    progress: Component
    asking: Component
    """Container shown while a clip is under review."""
    done: Component
    """Container shown at the end."""
    done_text: Component
    class_name: Component
    broken: Mapping[str, Component]
    """Checkbox by criterion, ticked if the criterion is not met."""
    note: Component
    passed: Component
    failed: Component
    undos: Sequence[Component]
    """Undo buttons, beside the verdicts and at the end."""
    unplayable: Component
    """Hidden button, pressed by the player's script."""
    notice: Component

    @property
    def inputs(self) -> list[Component]:
        """Inputs of a decision: the clip, the marks and the note."""
        return [self.clip, *self.broken.values(), self.note]

    @property
    def shown(self) -> list[Component]:
        """Components that change with the clip, in the order of `events.shown`."""
        turned = [self.asking, self.done, self.done_text, *self.undos]
        return [*self.inputs, self.class_name, self.progress, *turned, self.notice]


def lay_out(annotator: str) -> Parts:
    """Create the empty components, within a gr.Blocks."""
    import gradio as gr

    clip = gr.Textbox(visible="hidden")
    unplayable = gr.Button(visible="hidden", elem_id="unplayable")
    with gr.Row(elem_id="top"):
        gr.HTML(title_html(annotator), padding=False)
        progress = gr.HTML(elem_id="progress", padding=False)
    with gr.Column(elem_id="done", visible=False) as done:
        done_text = gr.HTML(padding=False)
        undo_last = gr.Button("Undo the last decision", elem_classes="mma-undo", size="sm", min_width=200, scale=0)
    with gr.Row(elem_id="asking", visible=False) as asking:  # hidden until there is a clip, so that keys press nothing
        with gr.Column(scale=5, min_width=320):
            gr.HTML(player_html(), padding=False)
        with gr.Column(scale=3, min_width=300, elem_id="side"):
            class_name = gr.HTML(elem_id="class", padding=False)
            broken = _criteria()
            note = gr.Textbox(label="Note", lines=2, max_lines=4, elem_id="note")
            with gr.Column(elem_id="decide"):
                notice = gr.HTML(elem_id="notice", padding=False)
                with gr.Row(elem_id="verdicts"):
                    passed = gr.Button("Pass", elem_id="pass", min_width=80, scale=3)
                    failed = gr.Button("Fail", elem_id="fail", min_width=80, scale=3)
                    undo = gr.Button("Undo", elem_classes="mma-undo", min_width=80, scale=2)
    gr.HTML(legend_html(), elem_id="legend", padding=False)
    return Parts(
        clip=clip,
        progress=progress,
        asking=asking,
        done=done,
        done_text=done_text,
        class_name=class_name,
        broken=broken,
        note=note,
        passed=passed,
        failed=failed,
        undos=[undo, undo_last],
        unplayable=unplayable,
        notice=notice,
    )


def _criteria() -> dict[str, Component]:
    import gradio as gr

    with gr.Group(elem_id="criteria"):
        gr.HTML("<h3>Mark what is wrong</h3>", elem_id="mark")
        return {
            name: gr.Checkbox(label=criterion.broken, info=criterion.failing, elem_id=name)
            for name, criterion in CRITERIA.items()
        }
