"""The whole page."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_bench.core.served_page import launch
from mma_space.clips.uploads import MAX_BYTES
from mma_space.page.about_tab import about_tab
from mma_space.page.endpoints import publish_endpoints
from mma_space.page.limits import BoundedRequests, sweep_now_and_then
from mma_space.page.matrix_tab import matrix_tab
from mma_space.page.probe_tab import probe_tab
from mma_space.page.results_tab import results_tab
from mma_space.space import Space

_TITLE = "MMA-Bench: does it look, does it listen?"


def make_page(space: Space) -> Any:
    """The gradio app; `launch_page` shows it."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    import gradio as gr

    with gr.Blocks(title=_TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {_TITLE}\nPut a clip's sight, sound and text in conflict, and see whom a model follows.")
        if space.notice:
            gr.Markdown(f"**Note.** {space.notice}", elem_id="notice")
        with gr.Tabs():
            with gr.Tab("Probe", id="probe"):
                clip = probe_tab(space)
            with gr.Tab("Every condition", id="matrix"):
                matrix_tab(space, clip)
            with gr.Tab("Results", id="results"):
                results_tab(space)
            with gr.Tab("How it works", id="about"):
                about_tab(space)
        publish_endpoints(space)
    page.queue(max_size=space.settings.waiting, api_open=True)
    return page


def launch_page(page: Any, *, host: str | None = None, port: int | None = None) -> str:
    """Serve the page; returns its address.

    Args:
        page: of `make_page`.
        host: to listen on; by default this machine only, on a Space all addresses.
        port: None or 0 takes 7860, or the next that is free.

    Raises:
        OptionsError: the port is taken.
    """
    from starlette.middleware import Middleware

    address = launch(
        page,
        host=host,
        port=port,
        style=(files("mma_space") / "templates" / "style.css").read_text(encoding="utf-8"),
        head=_HEAD,
        colours=_DARKER,
        max_file_size=MAX_BYTES,
        app_kwargs={"middleware": [Middleware(BoundedRequests)]},
    )
    sweep_now_and_then(Path(page.GRADIO_CACHE), lambda: {p for b in page.blocks.values() for p in b.keep_in_cache})
    return address


# The theme's own light colours keep no contrast of 4.5.
_DARKER = {
    "button_primary_background_fill": "*primary_700",
    "button_primary_background_fill_hover": "*primary_800",
    "checkbox_label_background_fill_selected": "*primary_700",
    "block_label_text_color": "*primary_800",
    "block_title_text_color": "*primary_800",
}

# What gradio's HTML does not say to screen readers: what changes while one listens, and names.
_HEAD = """<script>
const announce = () => {
  for (const part of document.querySelectorAll("#answers, #matrix-status, #upload-notice")) {
    part.setAttribute("aria-live", "polite");
    part.setAttribute("role", "status");
  }
  for (const picture of document.querySelectorAll("#gallery button:has(img[alt])"))
    picture.setAttribute("aria-label", picture.querySelector("img").alt);
  for (const group of document.querySelectorAll("fieldset:not([aria-label])"))
    group.setAttribute("aria-label", group.querySelector("[data-testid=block-info]")?.innerText ?? "Choice");
  document.querySelector("#link textarea, #link input")?.setAttribute("aria-label", "Link to what you see");
};
new MutationObserver(announce).observe(document, { childList: true, subtree: true });
</script>"""
