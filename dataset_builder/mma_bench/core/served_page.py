"""Launch a gradio page on a chosen or a free port."""

from collections.abc import Mapping
from typing import Any

from mma_bench.core.errors import OptionsError


def launch(
    page: Any, *, host: str | None, port: int | None, style: str, head: str, colours: Mapping[str, str], **more: Any
) -> str:
    """Serve a `gradio.Blocks` in background threads, in this project's theme; return its URL.

    If `host` is None, gradio's default is used; if `port` is None or 0, the first free port. `style` is CSS, `head`
    is HTML for the page's head element. `colours` overrides theme variables whose defaults have a contrast ratio below
    4.5:1. `more` is passed on to gradio's `launch`.

    Raises OptionsError if the chosen port is taken.
    """
    import gradio as gr

    theme = gr.themes.Soft(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port or None,
            prevent_thread_lock=True,
            quiet=True,
            theme=theme.set(**colours),
            css=style,
            head=head,
            ssr_mode=False,
            **more,
        )
    except OSError as error:
        if not port:
            raise
        raise OptionsError(
            f"--port {port}: already in use, or not available on {host or 'this machine'}; choose another port, or "
            "0 for any free one"
        ) from error
    return str(address)
