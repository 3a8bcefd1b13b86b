"""Models as users write them; tests name them as `--model models_of_mine.py:Class`."""

import os
import time
from typing import ClassVar

from mma_eval import Answer, Model, Tokens
from mma_eval.model import SoundProbe


class Loud(Model):
    """Looks at the first frame and listens to the level: a model in a dozen lines."""

    def answer(self, clip, questions):
        bright = clip.frames(fps=1).mean() > 100
        loud = abs(clip.sound()).mean() > 0.01
        return [q.options[int(bright if q.prompt == "visual" else loud)] for q in questions]


class Slow(Model):
    """Answers slowly."""

    def answer(self, clip, questions):
        time.sleep(float(os.environ.get("SLOW", "0.2")))
        return [q.options[0] for q in questions]


class Moody(Model):
    """Fails as models fail: raises, answers nothing, answers no text, counts no audio tokens."""

    def answer(self, clip, questions):
        found = []
        for question in questions:
            mood = hash_of(question.row_id) % 6
            if mood == 0 and question.prompt == "audio":
                raise RuntimeError("CUDA out of memory\nand a long story")
            texts = ["Bird", "", None, "鸟" * 10_000, 7, "Bird"]
            tokens = Tokens(video=10, audio=0 if mood == 5 else 10, text=10)
            found.append(Answer(texts[mood], tokens=tokens))
        return found


class Forgetful(Model):
    """Answers one question less than it is asked."""

    def answer(self, clip, questions):
        return ["Bird"] * (len(questions) - 1)


class Broken(Model):
    """Never answers."""

    def answer(self, clip, questions):
        raise ConnectionError("the server is gone")


class Recovering(Model):
    """Fails the first time it is asked about a clip."""

    def __init__(self):
        self.seen = set()

    def answer(self, clip, questions):
        if clip.video not in self.seen:
            self.seen.add(clip.video)
            raise TimeoutError("too slow")
        return ["Bird"] * len(questions)


def hash_of(text):
    import hashlib

    return hashlib.sha256(text.encode()).digest()[0]


class Hooked(Model):
    """Defines the hooks that version 0.1.0 looked up by name."""

    called: ClassVar[list[str]] = []

    def answer(self, clip, questions):
        return ["Bird"] * len(questions)

    def check_rows(self, rows):
        self.called.append(f"check_rows: {len(rows)} rows")

    def check_classes(self, classes):
        self.called.append(f"check_classes: {len(classes)} classes")

    def probe(self, clip, question):
        self.called.append("probe")
        return SoundProbe(True, 900, 650, "250 more input tokens with the sound than without")


class NotAModel:
    """Answers, and is not a Model."""

    def answer(self, clip, questions):
        return ["Bird"] * len(questions)
