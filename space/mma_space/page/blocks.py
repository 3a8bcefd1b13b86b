"""The whole page."""

from __future__ import annotations

import os
import socket
from importlib.resources import files
from typing import Any

from mma_bench.errors import OptionsError
from mma_space.page.about_tab import about_tab
from mma_space.page.endpoints import publish_endpoints
from mma_space.page.matrix_tab import matrix_tab
from mma_space.page.probe_tab import probe_tab
from mma_space.page.results_tab import results_tab
from mma_space.space import Space
from mma_space.uploads import MAX_BYTES

_TITLE = "MMA-Bench: does it look, does it listen?"
_EVERY, _OLD = 300, 1800
"""Seconds: how often gradio's copies of files are looked through, and how old they may get."""


def make_page(space: Space) -> Any:
    """The gradio app; `launch_page` shows it."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    import gradio as gr

    with gr.Blocks(title=_TITLE, delete_cache=(_EVERY, _OLD), analytics_enabled=False) as page:
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
    import gradio as gr

    if port and not _is_free(host or "127.0.0.1", port):
        raise OptionsError(f"--port {port}: something else listens there; name another, or 0 for any that is free")
    style = (files("mma_space") / "templates" / "style.css").read_text(encoding="utf-8")
    _, address, _ = page.launch(
        server_name=host,
        server_port=port or None,
        max_file_size=MAX_BYTES,
        prevent_thread_lock=True,
        quiet=True,
        theme=gr.themes.Soft(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css=style,
        head=_HEAD,
        ssr_mode=False,
    )
    return str(address)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


# What gradio's HTML does not say to screen readers: that it changes while one listens.
_HEAD = """<script>
const announce = () => document.querySelectorAll("#answers, #matrix, #upload-notice").forEach(
  (part) => { part.setAttribute("aria-live", "polite"); part.setAttribute("role", "status"); });
new MutationObserver(announce).observe(document, { childList: true, subtree: true });
</script>"""
