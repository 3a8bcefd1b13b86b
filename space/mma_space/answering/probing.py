"""One clip, both questions, every voice: asked, judged, and remembered."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mma_bench.benchmark.prompts import Prompt
from mma_space.answering.model_pair import Said, Voice, Voices
from mma_space.answering.verdicts import Verdict, verdict_of
from mma_space.clips.library import Library
from mma_space.clips.made_clip import MadeClip, make_clip
from mma_space.clips.recipe import Recipe, condition_of
from mma_space.clips.share import query_of

_REMEMBERED = 1000  # probes; some kilobytes each


@dataclass(frozen=True)
class VoiceAnswer:
    """What one voice said to one question."""

    voice: Voice
    prompt: Prompt
    question: str
    text: str | None
    error: str | None
    verdict: Verdict
    probabilities: Mapping[str, float] | None
    """Of the options, adding up to 1."""
    attention: Mapping[str, float] | None
    """The share that video, audio and text get of the answer's attention; layers and heads averaged."""
    tokens: Mapping[str, int] | None
    """That the model took in, by modality."""
    seconds: float | None


@dataclass(frozen=True)
class Probed:
    """A clip with what all voices said about it."""

    query: str
    """The link's query that makes it again."""
    condition: str | None
    """None where it was put together by hand."""
    shows: str | None
    sounds_like: str | None
    picture_present: bool
    sound_present: bool
    caption: str | None
    answers: tuple[VoiceAnswer, ...]

    def answer(self, voice: Voice, prompt: Prompt) -> VoiceAnswer:
        """What one voice said to one question."""
        return next(a for a in self.answers if (a.voice, a.prompt) == (voice, prompt))

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found


def probed_of(stored: Mapping[str, Any]) -> Probed:
    """The inverse of `Probed.as_json`."""
    answers = tuple(VoiceAnswer(**{**a, "verdict": Verdict(**a["verdict"])}) for a in stored["answers"])
    return Probed(**{**stored, "answers": answers})


class Memory:
    """Probes that were made, by the query of their link; the least used make room. Thread-safe."""

    def __init__(self, known: Mapping[str, Probed]) -> None:
        self._known: OrderedDict[str, Probed] = OrderedDict(known)
        self._lock = threading.Lock()

    def get(self, query: str) -> Probed | None:
        """What was found before."""
        with self._lock:
            if query in self._known:
                self._known.move_to_end(query)
            return self._known.get(query)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._known.clear()

    def put(self, probed: Probed) -> None:
        """Keep it."""
        with self._lock:
            self._known[probed.query] = probed
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def probe(recipe: Recipe, library: Library, voices: Voices, memory: Memory) -> Probed:
    """Make a clip, ask every voice both questions, and judge the answers; what was asked before is remembered.

    Raises:
        OptionsError: the recipe names what is not there.
        ClipError: the clip cannot be read.
        NotReadyError: the model is not there (yet).
        ModelError: it failed.
    """
    query = query_of(recipe, library)
    known = memory.get(query)
    if known is not None and not any(a.error for a in known.answers):
        return known
    made = make_clip(recipe, library)
    said = voices.ask(made.clip, made.questions)
    probed = _judged(made, query, condition_of(recipe, library), said)
    memory.put(probed)  # failures too, which are shown; asked again, the question is asked again
    return probed


def _judged(made: MadeClip, query: str, condition: str | None, said: Mapping[Voice, list[Said]]) -> Probed:
    return Probed(
        query=query,
        condition=condition,
        shows=made.shows,
        sounds_like=made.sounds_like,
        picture_present=made.clip.visual_present,
        sound_present=made.clip.audio_present,
        caption=made.recipe.caption,
        answers=tuple(
            VoiceAnswer(
                voice=voice,
                prompt=question.prompt,
                question=question.text,
                text=one.answer.text,
                error=one.answer.error,
                verdict=verdict_of(made, question, one.answer),
                probabilities=one.probabilities,
                attention=one.attention,
                tokens=asdict(one.answer.tokens) if one.answer.tokens else None,
                seconds=one.answer.seconds,
            )
            for voice, answers in said.items()
            for question, one in zip(made.questions, answers, strict=True)
        ),
    )
