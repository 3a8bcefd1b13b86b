"""Any OpenAI-compatible server: vLLM, SGLang and others that serve video and audio, or OpenAI itself."""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from mma_bench.core.errors import OptionsError, first_line
from mma_eval.model import NEW_TOKENS, Answer, Clip, CostEstimate, Model, ModelError, Question, SoundProbe, Tokens
from mma_eval.models.address import without_secrets
from mma_eval.models.cost import Rates, estimate, known_price, parse_price
from mma_eval.models.probe import compare

_PAID_HOSTS = ("api.openai.com",)


class OpenAIServer(Model):
    """A chat-completions server (`openai:NAME`).

    The picture is sent as an mp4 in a data URL (`video_url`, as vLLM takes it) or as JPEG frames (`image_url`), the
    sound always as a part of its own (`input_audio`, WAV): a server that decodes a video leaves its sound out unless
    it was told otherwise. Questions of a clip follow each other, media first, for a server's prefix cache.
    """

    libraries = ("openai",)

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        system_prompt: str | None = None,
        max_new_tokens: int | None = None,
        media: Literal["video", "frames"] = "video",
        fps: float = 1.0,
        timeout: float = 120.0,
        concurrency: int = 8,
        retries: int = 4,
        price: str | None = None,
    ) -> None:
        """Choose a server and its model.

        Args:
            name: the model as the server calls it.
            base_url: of the server, up to /v1; by default OPENAI_BASE_URL, else OpenAI's.
            system_prompt: by default none.
            max_new_tokens: by default 64, and 1024 for chain of thought.
            media: video sends mp4; frames sends JPEGs at `fps`, for servers without video.
            fps: of `frames`.
            timeout: seconds for one answer.
            concurrency: clips asked at once.
            retries: of the client, after time-outs, 429 and 5xx, waiting longer each time or as the server says.
            price: "IN,OUT" in US dollars per million tokens.
        """
        if media not in ("video", "frames"):
            raise OptionsError(f"--media {media}: expected video or frames")
        self.name, self.media, self.fps = name, media, fps
        self.base_url = base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        self.system_prompt, self.max_new_tokens = system_prompt, max_new_tokens
        self.timeout, self.concurrency, self.retries = timeout, concurrency, retries
        self.paid = price is not None or urlsplit(self.base_url).hostname in _PAID_HOSTS
        self.price = parse_price(price) if price else known_price(name) if self.paid else None
        self._client: Any = None

    def describe(self) -> Mapping[str, Any]:
        """Model, server, media and decoding; never the key."""
        return {
            "family": "openai",
            "name": self.name,
            "server": without_secrets(self.base_url),
            "media": self.media,
            "fps": self.fps if self.media == "frames" else None,
            "system_prompt": self.system_prompt,
            "decoding": "temperature 0, seed 0",
            "max_new_tokens": self.max_new_tokens or dict(NEW_TOKENS),
        }

    def load(self) -> None:
        """Connect, and see that the server has the model.

        Raises:
            ModelError: it cannot be reached, refuses the key, or has no such model.
        """
        import openai

        self._client = openai.OpenAI(
            base_url=self.base_url,
            api_key=os.environ.get("OPENAI_API_KEY") or "EMPTY",  # servers of one's own often want none
            timeout=self.timeout,
            max_retries=self.retries,
        )
        try:
            names = [model.id for model in self._client.models.list()]
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ModelError(f"{self.base_url} refuses the key in OPENAI_API_KEY ({first_line(error)})") from error
        except openai.APIConnectionError as error:
            raise ModelError(
                f"{self.base_url} cannot be reached ({first_line(error)}); is the server up? See --base-url"
            ) from error
        except openai.APIError:
            return  # not every server lists its models
        if names and self.name not in names:
            raise ModelError(f"{self.base_url} has no model {self.name!r}; it serves {', '.join(names[:10])}")

    def prepare(self, clip: Clip) -> list[dict[str, Any]]:
        """The parts of a message that carry the clip."""
        return [*self._picture(clip), _sound(clip)]

    def answer(self, clip: list[dict[str, Any]], questions: Sequence[Question]) -> list[Answer]:
        """One request per question."""
        return [self._ask(clip, question) for question in questions]

    def probe(self, clip: Clip, question: Question) -> SoundProbe:
        """Ask with and without the sound, and compare what the server counts."""
        replies = [self._request(media, question) for media in (self.prepare(clip), self._picture(clip))]
        for reply in replies:
            if isinstance(reply, Answer):
                return SoundProbe(None, None, None, f"the probe failed: {reply.error}")
        with_sound, without_sound = (getattr(getattr(r, "usage", None), "prompt_tokens", None) for r in replies)
        return compare(with_sound, without_sound)

    def estimate(self, clips: Iterable[tuple[float, Sequence[Question]]]) -> CostEstimate:
        """What a run will take; tokens per second are a guess of the right size, since servers differ."""
        return estimate(clips, Rates(video=300.0, audio=25.0), self.price)

    def _ask(self, media: list[dict[str, Any]], question: Question) -> Answer:
        started = time.perf_counter()
        reply = self._request(media, question)
        if isinstance(reply, Answer):
            return reply
        return self._answer(reply, time.perf_counter() - started)

    def _request(self, media: list[dict[str, Any]], question: Question) -> Any:
        """The server's reply, or the answer that says why there is none."""
        import openai

        system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        content = [*media, {"type": "text", "text": question.text}]
        try:
            return self._client.chat.completions.create(
                model=self.name,
                messages=[*system, {"role": "user", "content": content}],
                temperature=0.0,
                seed=0,
                max_tokens=self.max_new_tokens or NEW_TOKENS[question.variant],
            )
        except openai.APITimeoutError:
            return Answer(None, error=f"no answer within {self.timeout:g} s (--timeout), {self.retries + 1} times")
        except openai.OpenAIError as error:
            return Answer(None, error=f"{type(error).__name__}: {first_line(error)}")
        except ValueError as error:  # a body that is no JSON
            return Answer(None, error=f"the server's reply is not JSON: {first_line(error)}")

    def _answer(self, reply: Any, seconds: float) -> Answer:
        usage = getattr(reply, "usage", None)
        cost = None
        if self.price is not None and usage is not None:
            cost = self.price.of(text=usage.prompt_tokens, audio=0, output=usage.completion_tokens)
        choices = getattr(reply, "choices", None)
        if not choices:
            return Answer(None, error="the server's reply holds no choices", seconds=seconds, cost=cost)
        text, reason = choices[0].message.content, choices[0].finish_reason
        if reason == "content_filter":
            return Answer(None, error="the server withheld the answer (content_filter)", seconds=seconds, cost=cost)
        if not text:
            said = f"the server's answer is empty (finish_reason {reason})"
            return Answer(None, error=said, seconds=seconds, cost=cost)
        return Answer(text, tokens=_tokens(usage), seconds=seconds, cost=cost)

    def _picture(self, clip: Clip) -> list[dict[str, Any]]:
        if self.media == "video":
            url = f"data:video/mp4;base64,{base64.b64encode(clip.video).decode()}"
            return [{"type": "video_url", "video_url": {"url": url}}]
        from PIL import Image

        parts = []
        for frame in clip.frames(self.fps):
            buffer = io.BytesIO()
            Image.fromarray(frame).save(buffer, "JPEG", quality=90)
            url = f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        return parts


def _sound(clip: Clip) -> dict[str, Any]:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, clip.sound(), 16_000, format="WAV", subtype="PCM_16")
    data = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def _tokens(usage: Any) -> Tokens | None:
    """Per modality, where the server tells them apart."""
    details = getattr(usage, "prompt_tokens_details", None)
    audio = getattr(details, "audio_tokens", None)
    video = getattr(details, "video_tokens", None)
    if video is None:
        video = getattr(details, "image_tokens", None)
    if audio is None or video is None:
        return None
    return Tokens(video=video, audio=audio, text=max(0, usage.prompt_tokens - audio - video))
