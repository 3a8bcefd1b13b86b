"""Capturing is local to a thread: other threads and processes neither wait for it nor are captured."""

import os
import signal
import threading

import numpy as np
import pytest

from mma_eval.attention.capture import capture_attention
from mma_eval.attention.captured import CapturedShares
from whole_attention import Load, passes

CLOSE = 1e-5


def test_threads_capture_only_their_own_passes_and_do_not_wait(checkpoint: str, load: Load) -> None:
    """Two threads capture passes of the same model while a third runs it without capturing."""
    import torch

    thinker = load(checkpoint).thinker
    prompts = {length: torch.arange(20, 20 + length)[None] for length in (30, 7, 11)}
    captured, meet = {}, threading.Barrier(3, timeout=20)

    def alone(length: int) -> CapturedShares:
        with torch.inference_mode(), capture_attention(thinker, np.full(length, 2, np.int8)) as found:
            thinker.model(input_ids=prompts[length])
        return found

    def keep(length: int) -> None:
        with torch.inference_mode(), capture_attention(thinker, np.full(length, 2, np.int8)) as captured[length]:
            meet.wait()  # all have begun
            thinker.model(input_ids=prompts[length])
            meet.wait()  # all have passed

    def pass_only(length: int) -> None:
        meet.wait()
        with torch.inference_mode():
            thinker.model(input_ids=prompts[length])
        meet.wait()

    work = [(keep, 30), (keep, 7), (pass_only, 11)]
    threads = [threading.Thread(target=target, args=(length,), daemon=True) for target, length in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(captured) == {30, 7}
    for length, found in captured.items():
        assert passes(found) == {1}
        assert all(np.allclose(a, b, atol=CLOSE) for a, b in zip(found.hidden, alone(length).hidden, strict=True))
        assert np.allclose(found.last_layer(1), alone(length).last_layer(1), atol=CLOSE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are how a lent GPU's process begins")
def test_a_process_forked_while_another_thread_captures_can_capture(load: Load) -> None:
    thinker, begun, over = load("tiny-omni").thinker, threading.Event(), threading.Event()

    def keep() -> None:
        with capture_attention(thinker, np.full(3, 2, np.int8)):
            begun.set()
            over.wait(20)

    thread = threading.Thread(target=keep)
    thread.start()
    begun.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # ends it if it waits for the other
        with capture_attention(thinker, np.full(3, 2, np.int8)):
            os._exit(0)
    over.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
