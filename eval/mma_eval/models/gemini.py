"""Gemini models, called through google-genai."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from typing import Any

from mma_accuracy.ending import Ended
from mma_bench.benchmark.prompts import Variant
from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_eval.model import Answer, Clip, ModelError, Question, Tokens
from mma_eval.models.requests import RequestError, not_json, reply_error, send, status_error
from mma_eval.models.servers import ServerModel, without_secrets

_INLINE_BYTES = 19_000_000  # a request is limited to 20 MB
_NEW_TOKENS: Mapping[str, int] = {"plain": 2048, "abstain": 2048, "cot": 4096}
"""Maximum output tokens by variant, including thinking tokens."""
_ENDED: Mapping[str, Ended] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"), "filter"),
}
"""Why an answer ended, by its finish reason; any other one is an error."""
_WITHOUT_THINKING = "gemini-2.0*"
_RESOLUTIONS = {"low": 66.0, "default": 258.0}
"""Tokens per frame by media resolution."""
_AUDIO_PER_SECOND = 32.0


@dataclass(kw_only=True, eq=False, repr=False)
class Gemini(ServerModel):
    """A Gemini model (`gemini:NAME`). Clips are sent as MP4 with audio; GEMINI_API_KEY holds the API key."""

    libraries = ("google-genai",)
    paid = True
    media: str = "default"
    """Frame resolution: default or low."""
    concurrency: int = 4
    thinking_budget: int | None = None
    """Maximum thinking tokens, 0 for none; by default the model decides, and estimates assume the output limit."""

    def __post_init__(self) -> None:
        if self.media not in _RESOLUTIONS:
            raise OptionsError(f"--media {self.media}: expected one of {', '.join(_RESOLUTIONS)} for Gemini")
        super().__post_init__()
        # As documented by Google.
        self.tokens_per_second = (_RESOLUTIONS[self.media] * self.fps, _AUDIO_PER_SECOND)

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
            raise ModelError("GEMINI_API_KEY is not set (nor GOOGLE_API_KEY); get a key at aistudio.google.com/apikey")
        self._stop.clear()
        self._client = genai.Client(
            api_key=key,
            http_options=types.HttpOptions(
                base_url=self.base_url,
                timeout=round(1000 * self.timeout),
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )
        try:
            send(self._find, timeout=self.timeout, tries=self.tries, stop=self._stop)
        except RequestError as error:
            raise ModelError(f"gemini:{self.name}: {error}; try again later") from error
        except errors.APIError as error:
            remedy = "check the API key and the model name"
            raise ModelError(f"gemini:{self.name}: {error.message} ({error.code}); {remedy}") from error
        except Exception as error:  # exceptions of its HTTP library
            remedy = "check the connection, and --base-url if given"
            raise ModelError(f"gemini:{self.name}: cannot be reached ({first_line(error)}); {remedy}") from error

    async def _find(self) -> None:
        """Ask for the model; raise a RequestError for a failure that may pass."""
        from google.genai import errors

        try:
            await self._client.aio.models.get(model=self.name)
        except errors.APIError as error:
            failure = _status_error(error)
            raise (failure if failure.passing else error) from error

    def prepare(self, clip: Clip) -> Any:
        """Build the request part that contains the clip."""
        from google.genai import types

        if len(clip.video) > _INLINE_BYTES:
            raise ModelError(
                f"the video has {len(clip.video):,} bytes; expected at most {_INLINE_BYTES:,}, which fit in a request. "
                "Build the dataset from clips with a lower bit rate"
            )
        return types.Part(
            inline_data=types.Blob(data=clip.video, mime_type="video/mp4"),
            video_metadata=types.VideoMetadata(fps=self.fps),
        )

    def thinking(self, variant: Variant) -> int:
        """Return the maximum of thinking tokens: the thinking budget, else the output limit; 0 for Gemini 2.0."""
        if self.thinking_budget is not None and self.thinking_budget >= 0:
            return self.thinking_budget
        if fnmatch(self.name.rpartition("/")[2], _WITHOUT_THINKING):
            return 0
        return self.max_new_tokens or _NEW_TOKENS[variant]

    async def request(self, media: Any, question: Question) -> Answer:
        """Send one request and read its reply; see `ServerModel.request`."""
        from google.genai import errors

        try:
            reply = await self._client.aio.models.generate_content(
                model=self.name, contents=[media, question.text], config=self._config(question)
            )
        except errors.APIError as error:
            raise _status_error(error) from error
        except ValueError as error:
            raise reply_error(error) from error
        except TimeoutError:
            raise
        except Exception as error:  # of its HTTP library
            raise RequestError(f"no reply: {type(error).__name__}: {first_line(error)}", passing=True) from error
        return self._answer(reply)

    def _config(self, question: Question) -> Any:
        from google.genai import types

        low = types.MediaResolution.MEDIA_RESOLUTION_LOW if self.media == "low" else None
        budget = self.thinking_budget
        return types.GenerateContentConfig(
            temperature=0.0,
            seed=0,
            max_output_tokens=self.max_new_tokens or _NEW_TOKENS[question.variant],
            system_instruction=self.system_prompt,
            media_resolution=low,
            thinking_config=None if budget is None else types.ThinkingConfig(thinking_budget=budget),
        )

    def _answer(self, reply: Any) -> Answer:
        usage = reply.usage_metadata
        answered = partial(Answer, tokens=_tokens(usage), cost=self._cost(usage))
        if not reply.candidates:
            reason = _value(getattr(reply.prompt_feedback, "block_reason", None))
            if reason:
                return answered("", ended="filter")
            raise RequestError("the reply holds no candidates", passing=True, cost=self._cost(usage))
        candidate = reply.candidates[0]
        parts = (candidate.content.parts if candidate.content else None) or []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        reason = _value(candidate.finish_reason)
        if reason not in (None, *_ENDED):
            raise RequestError(f"the model gave up (finish_reason {reason})", passing=True, cost=self._cost(usage))
        return answered(text, ended=_ENDED[reason] if reason else None)

    def _cost(self, usage: Any) -> float | None:
        if self._price is None or usage is None:
            return None
        audio = sum(d.token_count or 0 for d in usage.prompt_tokens_details or () if d.modality.value == "AUDIO")
        output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        return self._price.of(text=(usage.prompt_token_count or 0) - audio, audio=audio, output=output)


def _value(member: Any) -> str | None:
    """Return the text of an enumeration's member, also of one that the library does not know."""
    return None if member is None else str(getattr(member, "value", member))


def _status_error(error: Any) -> RequestError:
    message = str(error.message or error)
    said = not_json(message) if message.lstrip().startswith("<") else message.strip().splitlines()[0]
    headers = getattr(error.response, "headers", None) or {}
    return status_error(error.code, f"{error.status or ''} {said}".strip(), headers, error.details)


def _tokens(usage: Any) -> Tokens | None:
    if usage is None or not usage.prompt_tokens_details:
        return None
    counted = Counter({d.modality.value: d.token_count or 0 for d in usage.prompt_tokens_details})
    return Tokens(video=counted["VIDEO"] + counted["IMAGE"], audio=counted["AUDIO"], text=counted["TEXT"])
