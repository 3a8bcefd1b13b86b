"""Load a Qwen Omni checkpoint, prepare clips for it, and answer questions from one encoding of a clip."""

from __future__ import annotations

import time
import warnings
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from mma_bench.benchmark.prompts import ABSTENTION
from mma_bench.benchmark.schema import SAMPLE_RATE
from mma_bench.core.errors import first_line
from mma_bench.core.records import Json
from mma_eval.model import NEW_TOKENS, Answer, Clip, Model, ModelError, Question
from mma_eval.models.checkpoints import describe_weights, load_adapter, read_adapter, switched_off
from mma_eval.models.options import OmniOptions, Sampling, sampling_of, system_prompt_of
from mma_eval.models.prefix import Inputs, LRUCache, Prefix, PrefixEncoder, continue_greedily, option_probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_QUESTION = "MMA_BENCH_QUESTION"
_DECODED = 4  # videos with cached frames; tens of megabytes each


@dataclass(frozen=True)
class Prepared:
    """A decoded clip: the processor's inputs, and the cache keys of its encoded streams (None if unknown)."""

    clip: Clip
    inputs: Inputs
    video_key: Hashable = None
    audio_key: Hashable = None


class OmniModel(Model):
    """A Qwen Omni thinker from transformers, with greedy decoding; the talker is not loaded."""

    libraries = ("torch", "torchvision", "transformers", "peft")
    family: ClassVar[str]
    class_names: ClassVar[tuple[str, str]]
    """Names of the thinker class and the processor class in transformers."""
    default_pixels: ClassVar[tuple[int, int]]
    """Minimum and maximum pixels per frame in the family's preprocessing."""

    def __init__(self, name: str, **options: Any) -> None:
        """Configure a checkpoint in a folder or on the Hub, without loading it; for `options` see `OmniOptions`."""
        self.name = name
        given = OmniOptions(**options)
        self.options = replace(given, system_prompt=system_prompt_of(given.system_prompt))
        self._adapter = read_adapter(self.options.adapter, base=name) if self.options.adapter else None
        self._weights = describe_weights(name, self.options.revision)
        self.processor: Any = None
        self.thinker: Any = None
        self.after = ""
        """Prompt text after the question; set by `load`, like `processor` and `thinker`."""
        self._frames = LRUCache[Any](_DECODED)
        self._warned_of_truncation = False
        self._clear_encodings()

    @classmethod
    def option_names(cls) -> tuple[str, ...]:
        """Return the accepted option names."""
        return tuple(field.name for field in fields(OmniOptions))

    @classmethod
    def classes(cls) -> tuple[Any, Any]:
        """Return the classes of the thinker and the processor."""
        import transformers

        thinker, processor = cls.class_names
        return getattr(transformers, thinker), getattr(transformers, processor)

    def describe(self) -> Mapping[str, Json]:
        """Return weights, adapter, dtype, preprocessing, prompt and decoding settings."""
        import torch

        return {
            "family": self.family,
            "name": self._weights.name,
            "revision": self._weights.revision,
            "adapter": self._adapter.as_json() if self._adapter else None,
            "dtype": str(self._dtype()).removeprefix("torch."),
            "device": "cuda" if torch.cuda.is_available() else "cpu",
            "attention": self.options.attention or "sdpa",
            **asdict(self._sampling()),
            "system_prompt": self.options.system_prompt,
            "decoding": "greedy",
            "max_new_tokens": self.options.max_new_tokens or dict(NEW_TOKENS),
        }

    def load(self) -> None:
        """Load processor, thinker and adapter.

        Raises:
            ModelError: the checkpoint cannot be loaded, or the adapter does not fit.
        """
        import torch
        from safetensors import SafetensorError
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # it would overwrite the live table
        thinker_class, processor_class = self.classes()
        source = {"pretrained_model_name_or_path": self.name, "revision": self.options.revision}
        try:
            self.processor = processor_class.from_pretrained(**source)
            thinker = thinker_class.from_pretrained(
                **source,
                dtype=self._dtype(),
                device_map=self.options.device_map or ("auto" if torch.cuda.is_available() else "cpu"),
                attn_implementation=self.options.attention or "sdpa",
                use_safetensors=True,
            )
        except (OSError, ValueError, ImportError, RuntimeError, SafetensorError) as error:
            hint = "check its files, the installed packages and the free memory"
            raise ModelError(f"{self.name}: cannot be loaded as {self.family} ({first_line(error)}); {hint}") from error
        self.thinker = (load_adapter(thinker, self._adapter) if self._adapter else thinker).eval()
        self._before, self.after = self._chat()
        self._stops = _stop_tokens(self.thinker, self.processor.tokenizer)

    def without_weights(self) -> Any:
        """Build the thinker on torch's "meta" device, without weights, to inspect its layers; or raise a ModelError."""
        import torch

        thinker_class, _ = self.classes()
        try:
            config = thinker_class.config_class.from_pretrained(self.name, revision=self.options.revision)
            with torch.device("meta"):
                return thinker_class(config)
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.name}: not a checkpoint of {self.family} ({first_line(error)})") from error

    def prepare(self, clip: Clip) -> Prepared:
        """Decode frames and audio, and build the processor's inputs up to the end of the media."""
        frames, audio = self._frames.get(clip.video_key, lambda: self.frames_of(clip)), clip.sound()
        keys = _cache_key("black", frames, clip.video_key), _cache_key("silent", audio, clip.audio_key)
        inputs = self.process(frames, audio)
        self._warn_if_truncated(clip.id, len(audio), int(inputs["feature_attention_mask"].sum()))
        return Prepared(clip, inputs, *keys)

    def _warn_if_truncated(self, clip_id: str, samples: int, columns: int) -> None:
        """Warn, once per model, if the feature extractor cut the audio off; `columns` is the length of its output."""
        heard = columns * self.processor.feature_extractor.hop_length
        if samples - heard < SAMPLE_RATE // 10 or self._warned_of_truncation:
            return
        self._warned_of_truncation = True
        warnings.warn(
            f"{clip_id}: its sound lasts {samples / SAMPLE_RATE:.1f} s, of which {self.name} hears only the first "
            f"{heard / SAMPLE_RATE:.1f} s: its feature extractor cuts off the rest, and the audio tokens of an answer "
            "are counted for that part only. Cut the clips to this length (shown once per model)",
            stacklevel=2,
        )

    def frames_of(self, clip: Clip) -> NDArray[np.uint8]:
        """Decode the model's frames, (T, H, W, 3) uint8 RGB, before the processor resizes them."""
        return clip.frames(self._sampling().fps, size=self._sampling().size)

    def process(self, frames: NDArray[np.uint8], audio: NDArray[np.float32]) -> Inputs:
        """Build the processor's inputs for the prompt up to the end of the media, without the text that follows.

        Frames are (T, H, W, 3) uint8 RGB at the model's frames per second, audio is (N,) float32 at 16 kHz.
        """
        import torch

        sampling = self._sampling()
        size = {"shortest_edge": sampling.min_pixels, "longest_edge": sampling.max_pixels}
        inputs: Inputs = self.processor(
            text=[self._before],
            videos=[torch.from_numpy(frames).permute(0, 3, 1, 2)],
            audio=[audio],
            load_audio_from_video=True,
            audio_from_video_indices=[0],
            do_sample_frames=False,
            fps=sampling.fps,
            cap_pixels_per_frame=False,
            return_tensors="pt",
            **({"do_resize": False} if sampling.size else {"size": size}),
        )
        return inputs

    def answer(self, clip: Prepared, questions: Sequence[Question]) -> list[Answer]:
        """Answer all questions from one encoding of the clip."""
        import torch

        with torch.inference_mode():
            prefix = self.encode(clip)
            return [self.reply(prefix, question) for question in questions]

    def encode(self, clip: Prepared) -> Prefix:
        """Run a clip through the model, for `reply` and `weigh`; call all three in `torch.inference_mode()`."""
        return self._encoder.encode(self.thinker, clip.inputs, video_key=clip.video_key, audio_key=clip.audio_key)

    def reply(self, prefix: Prefix, question: Question) -> Answer:
        """Answer one question about an encoded clip."""
        return self.say(prefix, question)[0]

    def say(self, prefix: Prefix, question: Question) -> tuple[Answer, list[int]]:
        """Answer one question about an encoded clip; return the answer and its token ids."""
        started = time.perf_counter()
        asked = self.asked(question)
        limit = self.options.max_new_tokens or NEW_TOKENS[question.variant]
        said, ended = continue_greedily(self.thinker, prefix, asked, stops=self._stops, limit=limit)
        text = self.processor.tokenizer.decode(said, skip_special_tokens=True).strip()
        tokens = replace(prefix.tokens, text=prefix.tokens.text + len(asked))
        return Answer(text=text, tokens=tokens, seconds=time.perf_counter() - started, ended=ended), said

    def weigh(self, prefix: Prefix, question: Question) -> dict[str, float]:
        """Compute the probability of each option as the complete answer, also of "none of the above" if offered."""
        tokenizer = self.processor.tokenizer
        options = [*question.options, *([ABSTENTION] if question.variant == "abstain" else [])]
        said = [[*ids, tokenizer.eos_token_id] for ids in tokenizer(options, add_special_tokens=False)["input_ids"]]
        found = option_probabilities(self.thinker, prefix, self.asked(question), said)
        return dict(zip(options, found, strict=True))

    @contextmanager
    def without_adapter(self) -> Iterator[None]:
        """Answer as the base model inside a `with` block, without reloading weights."""
        self._clear_encodings()  # an adapter may also change the encoders
        try:
            with switched_off(self.thinker):
                yield
        finally:
            self._clear_encodings()

    def _clear_encodings(self) -> None:
        self._encoder = PrefixEncoder(streams=6)

    def asked(self, question: Question) -> list[int]:
        """Tokenise a question and the prompt text after it."""
        ids: list[int] = self.processor.tokenizer(question.text + self.after, add_special_tokens=False)["input_ids"]
        return ids

    def _sampling(self) -> Sampling:
        return sampling_of(self.options, self._weights.sampling, self.default_pixels)

    def _dtype(self) -> Any:
        import torch

        chosen = self.options.dtype or (self._weights.dtype if torch.cuda.is_available() else "float32")
        if chosen not in ("float32", "bfloat16", "float16"):
            if self.options.dtype:
                raise ModelError(f"--dtype {chosen}: expected float32, bfloat16 or float16")
            raise ModelError(
                f"{self.name}: unsupported checkpoint dtype {chosen}; pass --dtype float32, bfloat16 or float16"
            )
        return getattr(torch, chosen)

    def _chat(self) -> tuple[str, str]:
        """Return the prompt text before and after the question."""
        system = self.options.system_prompt
        messages = [
            *([{"role": "system", "content": [{"type": "text", "text": system}]}] if system else []),
            {"role": "user", "content": [{"type": "video", "video": "clip"}, {"type": "text", "text": _QUESTION}]},
        ]
        prompt = self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        before, found, after = prompt.partition(_QUESTION)
        if not found or self.processor.video_token not in before:
            raise ModelError(
                f"{self.name}: expected a chat template with the video before the question, found {prompt[:200]!r}"
            )
        return before, after


def _cache_key(blank: str, samples: NDArray[Any], key: str | None) -> Hashable:
    """Return the cache key of an encoded stream; blank streams of equal shape share a key."""
    return key if key is None or samples.any() else (blank, samples.shape)


def _stop_tokens(thinker: Any, tokenizer: Any) -> frozenset[int]:
    stops = thinker.generation_config.eos_token_id
    listed = stops if isinstance(stops, list) else [stops]
    named = tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<|im_end|>")
    return frozenset({*listed, *named} - {None})
