"""Models behind an OpenAI-compatible server: vLLM, SGLang and others with video and audio, or OpenAI itself."""

import base64
import io
import os
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_eval.model import NEW_TOKENS, Answer, Clip, ModelError, Question, SoundProbe, Tokens
from mma_eval.models.cost import Rates, known_price, parse_price
from mma_eval.models.servers import ServerModel, compare_token_counts, without_secrets

_PAID_HOSTS = ("api.openai.com",)


class OpenAIServer(ServerModel):
    """A chat-completions server (`openai:NAME`).

    Video is sent as an mp4 in a data URL (`video_url`, as vLLM takes it) or as JPEG frames (`image_url`), audio always
    as a separate part (`input_audio`, WAV), because servers ignore the audio of a video unless configured to use it.
    Questions about a clip are sent in succession, media first, so that the server's prefix cache applies.
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
        """Configure server and model without connecting.

        Args:
            name: name of the model on the server.
            base_url: URL of the server, up to /v1; by default OPENAI_BASE_URL, else OpenAI's.
            system_prompt: system message; by default none.
            max_new_tokens: maximum answer tokens; by default 64, and 1024 for chain of thought.
            media: `video` sends mp4; `frames` sends JPEGs at `fps`, for servers without video.
            fps: frames per second of `frames`.
            timeout: time limit of a request in seconds.
            concurrency: number of clips answered in parallel.
            retries: retries after timeouts, 429 and 5xx, with exponential backoff or the server's delays.
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

    def describe(self) -> Mapping[str, Json]:
        """Return model, server, media and decoding settings, without the API key."""
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
        """Connect, and check that the server has the model.

        Raises:
            ModelError: the server cannot be reached, refuses the key, or has no such model.
        """
        import openai

        self._client = openai.OpenAI(
            base_url=self.base_url,
            api_key=os.environ.get("OPENAI_API_KEY") or "EMPTY",  # local servers often need none
            timeout=self.timeout,
            max_retries=self.retries,
        )
        try:
            names = [model.id for model in self._client.models.list()]
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ModelError(f"{self.base_url} refuses the key in OPENAI_API_KEY ({first_line(error)})") from error
        except openai.APIConnectionError as error:
            raise ModelError(
                f"{self.base_url} cannot be reached ({first_line(error)}); start the server, or check --base-url"
            ) from error
        except openai.APIError:
            return  # not every server lists its models
        if names and self.name not in names:
            raise ModelError(f"{self.base_url} has no model {self.name!r}; it serves {', '.join(names[:10])}")

    def prepare(self, clip: Clip) -> list[dict[str, Json]]:
        """Build the message parts with the clip."""
        return [*self._video_parts(clip), _audio_part(clip)]

    def probe(self, clip: Clip, question: Question) -> SoundProbe:
        """Ask with and without audio, and compare the server's token counts."""
        replies = [self._request(media, question) for media in (self.prepare(clip), self._video_parts(clip))]
        for reply in replies:
            if isinstance(reply, Answer):
                return SoundProbe(None, None, None, f"the probe failed: {reply.error}")
        with_sound, without_sound = (getattr(getattr(r, "usage", None), "prompt_tokens", None) for r in replies)
        return compare_token_counts(with_sound, without_sound)

    @property
    def rates(self) -> Rates:
        """Approximate tokens per second of video and of audio; servers differ."""
        return Rates(video=300.0, audio=25.0)

    def ask(self, media: list[dict[str, Json]], question: Question) -> Answer:
        """Send one request."""
        started = time.perf_counter()
        reply = self._request(media, question)
        if isinstance(reply, Answer):
            return reply
        return self._answer(reply, time.perf_counter() - started)

    def _request(self, media: list[dict[str, Json]], question: Question) -> Any:
        """Return the server's reply, or an `Answer` with the error."""
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
        except ValueError as error:  # the body is not JSON
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

    def _video_parts(self, clip: Clip) -> list[dict[str, Json]]:
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


def _audio_part(clip: Clip) -> dict[str, Json]:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, clip.sound(), 16_000, format="WAV", subtype="PCM_16")
    data = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def _tokens(usage: Any) -> Tokens | None:
    """Return the input tokens by modality; None if the server does not report them separately."""
    details = getattr(usage, "prompt_tokens_details", None)
    audio = getattr(details, "audio_tokens", None)
    video = getattr(details, "video_tokens", None)
    if video is None:
        video = getattr(details, "image_tokens", None)
    if audio is None or video is None:
        return None
    return Tokens(video=video, audio=audio, text=max(0, usage.prompt_tokens - audio - video))
