"""Judges of one's own; tests name them as `--model judges.py:Class`."""

import os
import time
from pathlib import Path

from mma_eval import Model


class Slow(Model):
    """Says yes after a while, and writes down what it was asked."""

    def answer(self, clip, questions):
        time.sleep(0.05)
        with Path(os.environ["ASKED"]).open("a") as file:
            file.writelines(f"{clip.id} {clip.visual_present} {clip.audio_present} {q.text}\n" for q in questions)
        return ["Yes"] * len(questions)


class Measuring(Model):
    """Sees whether the picture is bright and hears whether there is sound: a yes about what is there."""

    def answer(self, clip, questions):
        bright, loud = clip.frames(fps=1).mean() > 1, abs(clip.sound()).mean() > 1e-4
        return ["Yes, it is." if (bright if q.prompt == "visual" else loud) else "No." for q in questions]


class Hesitant(Model):
    """Says neither of the sound alone, fails where it is asked about a picture alone."""

    def answer(self, clip, questions):
        if not clip.audio_present:
            raise RuntimeError("CUDA out of memory")
        return ["Yes" if clip.visual_present else "It depends"] * len(questions)


class Failing(Model):
    """Never answers."""

    def answer(self, clip, questions):
        raise ConnectionError("the server is gone")


class Recovering(Model):
    """Fails about pictures alone while a file says so."""

    def answer(self, clip, questions):
        if not clip.audio_present and Path(os.environ["FAILING"]).exists():
            raise RuntimeError("out of memory")
        return ["Yes"] * len(questions)


class Loading(Model):
    """Leaves a trace where it is loaded."""

    def load(self):
        Path(os.environ["LOADED"]).touch()

    def answer(self, clip, questions):
        return ["Yes"] * len(questions)
