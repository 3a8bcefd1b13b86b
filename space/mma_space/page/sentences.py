"""What goes wrong, said to a visitor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

from mma_bench.errors import ClipError, MMABenchError


def in_a_sentence(error: MMABenchError) -> str:
    """An error of ours as a visitor reads it: no path of this machine, no name of an upload.

    >>> in_a_sentence(ClipError("/tmp/x.mp4", "too_large", "lasts 75 s; at most 60 s are taken. Cut it"))
    'This file cannot be used: lasts 75 s; at most 60 s are taken. Cut it.'
    """
    if isinstance(error, ClipError):
        return f"This file cannot be used: {error.detail.rstrip('.')}."
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}".rstrip(".") + "."


def telling(work: Callable[..., Any]) -> Callable[..., Any]:
    """`work` with errors of ours said by gradio's own message, in a browser and to a client alike."""
    import gradio as gr

    if isgeneratorfunction(work):

        @wraps(work)
        def generator(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from work(*args, **kwargs)
            except MMABenchError as error:
                raise gr.Error(in_a_sentence(error), print_exception=False) from error

        return generator

    @wraps(work)
    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        except MMABenchError as error:
            raise gr.Error(in_a_sentence(error), print_exception=False) from error

    return function
