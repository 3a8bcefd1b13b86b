"""Report errors to visitors as sentences, without tracebacks or file names of uploads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction, unwrap
from typing import Any

from mma_bench.core.errors import ClipError, MMABenchError


def in_a_sentence(error: MMABenchError) -> str:
    """Format one of our errors as a sentence for visitors, without the file name of an upload.

    >>> in_a_sentence(ClipError("holiday.mp4", "too_large", "lasts 75 s; at most 60 s are accepted. Cut it"))
    'This file cannot be used: lasts 75 s; at most 60 s are accepted. Cut it.'
    """
    if isinstance(error, ClipError):
        return f"This file cannot be used: {error.detail.rstrip('.')}."
    sentence = str(error).rstrip(".")[:600]
    first = sentence.partition(" ")[0]
    return f"{sentence if '/' in first else sentence[:1].upper() + sentence[1:]}."


def telling(work: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an event handler or endpoint so that browsers and API clients receive our errors as sentences."""
    if isgeneratorfunction(unwrap(work)):

        @wraps(work)
        def generator(*args: Any, **kwargs: Any) -> Any:
            with _gradio_errors():
                yield from work(*args, **kwargs)

        return generator
    return _gradio_errors()(work)


@contextmanager
def _gradio_errors() -> Iterator[None]:
    import gradio as gr
    from pydantic import ValidationError

    try:
        yield
    except MMABenchError as error:
        raise gr.Error(in_a_sentence(error), print_exception=False) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise gr.Error(f"{place}: {first['msg']}.", print_exception=False) from error
