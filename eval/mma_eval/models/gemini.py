"""Gemini models, called through google-genai."""

import os
import time
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_eval.model import Answer, Clip, ModelError, Question, Tokens
from mma_eval.models.cost import Rates, known_price, parse_price
from mma_eval.models.servers import ServerModel, without_secrets

_INLINE_BYTES = 19_000_000  # a request is limited to 20 MB
_NEW_TOKENS: Mapping[str, int] = {"plain": 2048, "abstain": 2048, "cot": 4096}
"""Maximum output tokens by variant; thinking tokens count too."""
_COMPLETE = ("STOP", "MAX_TOKENS", None)
_DROPPED = ("RemoteProtocolError", "ReadError", "WriteError")
"""Names of HTTP exceptions for dropped connections, which the client itself does not retry."""
_WITHOUT_THINKING = "gemini-2.0*"
_RESOLUTIONS = {"low": 66.0, "default": 258.0}
"""Tokens per frame, by media resolution."""
_AUDIO_PER_SECOND = 32.0


class Gemini(ServerModel):
    """A Gemini model (`gemini:NAME`). Clips are sent as MP4 with audio; GEMINI_API_KEY holds the API key."""

    libraries = ("google-genai",)

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        fps: float = 1.0,
        media: str = "default",
        system_prompt: str | None = None,
        max_new_tokens: int | None = None,
        thinking_budget: int | None = None,
        timeout: float = 120.0,
        concurrency: int = 4,
        retries: int = 5,
        price: str | None = None,
    ) -> None:
        """Configure the model without connecting.

        Args:
            name: model name, such as gemini-2.5-flash.
            base_url: URL of another server with the Gemini API.
            fps: frames per second that the server samples.
            media: frame resolution, default or low.
            system_prompt: system instruction; by default none.
            max_new_tokens: maximum output tokens including thinking; by default 2048, and 4096 for chain of thought.
            thinking_budget: maximum thinking tokens, 0 for none; by default the model's own, for which the cost
                estimate assumes the output limit.
            timeout: time limit of a request in seconds.
            concurrency: number of clips answered in parallel.
            retries: retries after timeouts, 429 and 5xx, with exponential backoff.
            price: "IN,OUT" in US dollars per million tokens; by default from prices.csv.
        """
        if media not in _RESOLUTIONS:
            raise OptionsError(f"--media {media}: expected one of {', '.join(_RESOLUTIONS)} for Gemini")
        self.name, self.base_url, self.fps, self.media = name, base_url, fps, media
        self.system_prompt, self.max_new_tokens, self.thinking_budget = system_prompt, max_new_tokens, thinking_budget
        self.timeout, self.concurrency, self.retries = timeout, concurrency, retries
        self.paid = True
        self.price = parse_price(price) if price else known_price(name)

    def describe(self) -> Mapping[str, Json]:
        """Return model, media and decoding settings, without the API key."""
        return {
            "family": "gemini",
            "name": self.name,
            "server": without_secrets(self.base_url) if self.base_url else None,
            "fps": self.fps,
            "media_resolution": self.media,
            "system_prompt": self.system_prompt,
            "decoding": "temperature 0, seed 0",
            "thinking_budget": self.thinking_budget,
            "max_new_tokens": self.max_new_tokens or dict(_NEW_TOKENS),
        }

    def load(self) -> None:
        """Connect, and check that the API key gives access to the model.

        Raises:
            ModelError: the key is missing or rejected, the server is unreachable, or there is no such model.
        """
        from google import genai
        from google.genai import errors, types

        key = os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_API_KEY")
        if not key:
            raise ModelError("GEMINI_API_KEY is not set; get a key at https://aistudio.google.com/apikey")
        self._client = genai.Client(
            api_key=key,
            http_options=types.HttpOptions(
                base_url=self.base_url,
                timeout=round(1000 * self.timeout),
                retry_options=types.HttpRetryOptions(attempts=self.retries + 1, initial_delay=1.0, max_delay=60.0),
            ),
        )
        try:
            self._client.models.get(model=self.name)
        except errors.APIError as error:
            raise ModelError(f"gemini:{self.name}: {error.message} ({error.code}); check key and name") from error
        except Exception as error:  # exceptions of its HTTP library
            raise ModelError(f"gemini:{self.name}: the server cannot be reached ({first_line(error)})") from error

    def prepare(self, clip: Clip) -> Any:
        """Build the request part with the clip."""
        from google.genai import types

        if len(clip.video) > _INLINE_BYTES:
            raise ModelError(
                f"the video has {len(clip.video):,} bytes, a request holds {_INLINE_BYTES:,}; build the clips smaller"
            )
        return types.Part(
            inline_data=types.Blob(data=clip.video, mime_type="video/mp4"),
            video_metadata=types.VideoMetadata(fps=self.fps),
        )

    @property
    def rates(self) -> Rates:
        """Tokens per second of video and of audio, as documented by Google."""
        return Rates(video=_RESOLUTIONS[self.media] * self.fps, audio=_AUDIO_PER_SECOND)

    @property
    def thinking(self) -> int:
        """Maximum thinking tokens per answer: the thinking budget, else the output limit."""
        if self.thinking_budget is not None and self.thinking_budget >= 0:
            return self.thinking_budget
        if fnmatch(self.name.rpartition("/")[2], _WITHOUT_THINKING):
            return 0
        return self.max_new_tokens or _NEW_TOKENS["plain"]

    def ask(self, media: Any, question: Question) -> Answer:
        """Send one request."""
        from google.genai import errors

        started, left = time.perf_counter(), self.retries
        while True:
            try:
                reply = self._client.models.generate_content(
                    model=self.name, contents=[media, question.text], config=self._config(question)
                )
            except errors.APIError as error:
                return Answer(None, error=f"{error.code} {error.status or ''}: {first_line(error)}")
            except Exception as error:  # timeouts and malformed replies: exceptions of its HTTP library or pydantic
                if left and type(error).__name__ in _DROPPED:
                    left -= 1
                    continue
                return Answer(None, error=f"no usable reply: {type(error).__name__}: {first_line(error)}")
            return self._answer(reply, time.perf_counter() - started)

    def _config(self, question: Question) -> Any:
        from google.genai import types

        low = types.MediaResolution.MEDIA_RESOLUTION_LOW if self.media == "low" else None
        thinking = None
        if self.thinking_budget is not None:
            thinking = types.ThinkingConfig(thinking_budget=self.thinking_budget)
        return types.GenerateContentConfig(
            temperature=0.0,
            seed=0,
            max_output_tokens=self.max_new_tokens or _NEW_TOKENS[question.variant],
            system_instruction=self.system_prompt,
            media_resolution=low,
            thinking_config=thinking,
        )

    def _answer(self, reply: Any, seconds: float) -> Answer:
        tokens, cost = _tokens(reply.usage_metadata), self._cost(reply.usage_metadata)

        def failed(why: str) -> Answer:
            return Answer(None, error=why, tokens=tokens, seconds=seconds, cost=cost)

        if not reply.candidates:
            reason = getattr(getattr(reply, "prompt_feedback", None), "block_reason", None)
            return failed(f"no candidates (blocked: {getattr(reason, 'value', reason)})")
        candidate = reply.candidates[0]
        parts = (candidate.content.parts if candidate.content else None) or []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        reason = getattr(candidate.finish_reason, "value", candidate.finish_reason)
        if reason not in _COMPLETE:
            return failed(f"the answer was cut off or withheld (finish_reason {reason})")
        if not text:
            return failed(
                f"the answer is empty (finish_reason {reason}); more --max-new-tokens leave room after thinking"
            )
        return Answer(text, tokens=tokens, seconds=seconds, cost=cost)

    def _cost(self, usage: Any) -> float | None:
        if self.price is None or usage is None:
            return None
        audio = sum(d.token_count or 0 for d in usage.prompt_tokens_details or () if d.modality.value == "AUDIO")
        output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        return self.price.of(text=(usage.prompt_token_count or 0) - audio, audio=audio, output=output)


def _tokens(usage: Any) -> Tokens | None:
    if usage is None or not usage.prompt_tokens_details:
        return None
    counted = {d.modality.value: d.token_count or 0 for d in usage.prompt_tokens_details}
    return Tokens(
        video=counted.get("VIDEO", 0) + counted.get("IMAGE", 0),
        audio=counted.get("AUDIO", 0),
        text=counted.get("TEXT", 0),
    )
