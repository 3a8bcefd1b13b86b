"""Probe a clip under one condition or all of them: ask both models both questions, judge and cache the answers."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.records import Items, Number, Record, Text
from mma_eval.model import ModelError
from mma_space.answering.model_pair import ModelPair, ScoredAnswer, Voice
from mma_space.answering.verdicts import AnswerVerdict, verdict_of
from mma_space.clips.gallery import Library
from mma_space.clips.made_clip import MadeClip, make_clip
from mma_space.clips.recipe import Recipe, checked, condition_of, of_condition, query_of

_PROBES_KEPT = 1000  # some kilobytes each


class ProbeAnswer(Record):
    """One model's judged answer to one question."""

    voice: Voice
    prompt: Prompt
    question: Text
    """Text of the question, including distractors."""
    text: Text | None
    """Text of the answer; None if the model gave none."""
    error: Text | None
    """Reason why the model gave no answer; None if it gave one."""
    verdict: AnswerVerdict
    probabilities: dict[str, Number] | None
    """Probability of each option, summing to 1; None if unavailable."""
    attention: dict[str, Number] | None
    """Share of the answer's attention by modality, averaged over layers and heads; None if unavailable."""
    tokens: dict[str, int] | None
    """Number of input tokens by modality; None if unknown."""
    seconds: Number | None


class Probed(Record):
    """All answers about a clip, as stored in precomputed.json and returned by the endpoints."""

    query: Text
    """Link query that reproduces the clip."""
    condition: Text | None
    """The benchmark's condition that the clip corresponds to; None if there is none."""
    shows: Text | None
    """Visual class of the clip; None if unknown."""
    sounds_like: Text | None
    """Audio class of the clip; None if unknown."""
    picture_present: bool
    sound_present: bool
    caption: Text | None
    """Class named by the misleading caption; None without a caption."""
    answers: Items[ProbeAnswer]

    def answer(self, voice: Voice, prompt: Prompt) -> ProbeAnswer:
        """Return the answer of one model to one question."""
        return next(a for a in self.answers if (a.voice, a.prompt) == (voice, prompt))


class ProbeCache:
    """Thread-safe LRU cache of probes, keyed by link query."""

    def __init__(self, known: Mapping[str, Probed]) -> None:
        self._known: OrderedDict[str, Probed] = OrderedDict(known)
        self._lock = threading.Lock()

    def get(self, query: str) -> Probed | None:
        """Return the cached probe of a link query; None if there is none."""
        with self._lock:
            if query in self._known:
                self._known.move_to_end(query)
            return self._known.get(query)

    def clear(self) -> None:
        """Remove all probes from the cache."""
        with self._lock:
            self._known.clear()

    def put(self, probed: Probed) -> None:
        """Add a probe; evict the least recently used ones if the cache is full."""
        with self._lock:
            self._known[probed.query] = probed
            while len(self._known) > _PROBES_KEPT:
                self._known.popitem(last=False)


def probe(recipe: Recipe, library: Library, models: ModelPair, cache: ProbeCache) -> Probed:
    """Return the cached probe of a recipe, or render its clip, ask each model both questions and judge the answers.

    Raises:
        OptionsError: the recipe names something that does not exist.
        ClipError: the clip cannot be read.
        NotReadyError: the model is not loaded.
        ModelError: the model fails.
    """
    query = query_of(recipe, library)
    known = cache.get(query)
    if known is not None and not any(a.error for a in known.answers):
        return known
    made = make_clip(recipe, library)
    answers = models.ask(made.clip, made.questions)
    probed = _judged(made, query, condition_of(recipe, library), answers)
    cache.put(probed)  # errors too, since the page shows the cache; the next probe asks again
    return probed


def _judged(made: MadeClip, query: str, condition: str | None, answers: Mapping[Voice, list[ScoredAnswer]]) -> Probed:
    return Probed(
        query=query,
        condition=condition,
        shows=made.visual_class,
        sounds_like=made.audio_class,
        picture_present=made.clip.visual_present,
        sound_present=made.clip.audio_present,
        caption=made.recipe.caption,
        answers=tuple(
            ProbeAnswer(
                voice=voice,
                prompt=question.prompt,
                question=question.text,
                text=scored.answer.text,
                error=scored.answer.error,
                verdict=verdict_of(made, question, scored.answer),
                probabilities=scored.probabilities,
                attention=scored.attention,
                tokens=asdict(scored.answer.tokens) if scored.answer.tokens else None,
                seconds=scored.answer.seconds,
            )
            for voice, of_voice in answers.items()
            for question, scored in zip(made.questions, of_voice, strict=True)
        ),
    )


@dataclass(frozen=True)
class MatrixRow:
    """All answers about a clip under one condition."""

    condition: str
    meaning: str
    """Description of the condition's effect on the clip."""
    probed: Probed | None = None
    """All answers about the clip; None until the models have answered."""
    failure: str | None = None
    """Reason why the models could not answer; None if they did not fail."""


def fill_matrix(
    clip: str, variant: Variant, library: Library, models: ModelPair, cache: ProbeCache
) -> Iterator[list[MatrixRow]]:
    """Probe a clip under every condition; yield the rows of all conditions at the start and after each probe.

    Raises the errors of `probe`, except ModelError.
    """
    rows = [MatrixRow(c.name, c.meaning) for c in CONDITIONS.values()]
    yield list(rows)
    for k, row in enumerate(rows):
        recipe = checked(of_condition(row.condition, clip, library, variant), library)
        try:
            rows[k] = replace(row, probed=probe(recipe, library, models, cache))
        except ModelError as error:  # the next condition may succeed
            rows[k] = replace(row, failure=str(error))
        yield list(rows)
