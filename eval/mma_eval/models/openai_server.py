"""Models behind an OpenAI-compatible server: vLLM, SGLang and others with video and audio, or OpenAI itself."""

import base64
import io
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_eval.model import NEW_TOKENS, Answer, Clip, ModelError, Question, SoundProbe, Tokens
from mma_eval.models.servers import ServerModel, without_secrets

_PAID_HOSTS = ("api.openai.com",)


@dataclass(kw_only=True, eq=False, repr=False)
class OpenAIServer(ServerModel):
    """A chat-completions server (`openai:NAME`).

    Video is sent as an mp4 in a data URL (`video_url`, as vLLM expects) or as JPEG frames (`image_url`), audio always
    as a separate part (`input_audio`, WAV), because servers ignore the audio of a video unless configured to use it.
    Questions about a clip are sent in succession, media first, so that the server's prefix cache applies.
    """

    libraries = ("openai",)
    media: str = "video"
    """Format of the video: `video` sends MP4; `frames` sends JPEGs at `fps`, for servers without video input."""
    concurrency: int = 8
    retries: int = 4
    tokens_per_second = (300.0, 25.0)  # approximate; servers differ

    def __post_init__(self) -> None:
        if self.media not in ("video", "frames"):
            raise OptionsError(f"--media {self.media}: expected video or frames")
        self.url = self.base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        self.paid = self.price is not None or urlsplit(self.url).hostname in _PAID_HOSTS
        super().__post_init__()

    def describe(self) -> Mapping[str, Json]:
        """Return model, server, media and decoding settings, without the API key."""
        return {
            "family": "openai",
            "name": self.name,
            "server": without_secrets(self.url),
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
            base_url=self.url,
            api_key=os.environ.get("OPENAI_API_KEY") or "EMPTY",  # local servers often need none
            timeout=self.timeout,
            max_retries=self.retries,
        )
        try:
            names = [model.id for model in self._client.models.list()]
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            sent = "the key in OPENAI_API_KEY" if os.environ.get("OPENAI_API_KEY") else "a request without a key"
            raise ModelError(f"{self.url} refuses {sent} ({first_line(error)}); set a valid OPENAI_API_KEY") from error
        except openai.APIConnectionError as error:
            raise ModelError(
                f"{self.url} cannot be reached ({first_line(error)}); start the server, or give its URL as --base-url"
            ) from error
        except openai.APIError:
            return  # not every server lists its models
        if names and self.name not in names:
            raise ModelError(f"{self.url} has no model {self.name!r}; available: {', '.join(names[:10])}")

    def prepare(self, clip: Clip) -> list[dict[str, Json]]:
        """Build the message parts that contain the clip."""
        return [*self._video_parts(clip), _audio_part(clip)]

    def probe(self, clip: Clip, question: Question) -> SoundProbe:
        """Ask the question with and without the audio, and compare the server's token counts."""
        replies = [self._request(media, question) for media in (self.prepare(clip), self._video_parts(clip))]
        for reply in replies:
            if isinstance(reply, Answer):
                return SoundProbe(None, None, None, f"the probe failed: {reply.error}")
        with_sound, without_sound = (getattr(getattr(r, "usage", None), "prompt_tokens", None) for r in replies)
        if with_sound is None or without_sound is None:
            return SoundProbe(None, with_sound, without_sound, "the server counts no tokens, so this cannot be told")
        note = f"{with_sound - without_sound} more input tokens with the sound than without"
        if with_sound <= without_sound:
            note = "the sound adds no input tokens: the server drops it; check that the model takes audio and that "
            note += "audio is enabled on the server"
        return SoundProbe(with_sound > without_sound, with_sound, without_sound, note)

    def ask(self, media: list[dict[str, Json]], question: Question) -> Answer:
        """Send one request and return the answer."""
        started = time.perf_counter()
        reply = self._request(media, question)
        return reply if isinstance(reply, Answer) else self._answer(reply, time.perf_counter() - started)

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
        usage, cost = getattr(reply, "usage", None), None
        if self._price is not None and usage is not None:
            cost = self._price.of(text=usage.prompt_tokens, audio=0, output=usage.completion_tokens)
        answered = partial(Answer, seconds=seconds, cost=cost)
        choices = getattr(reply, "choices", None)
        if not choices:
            return answered(None, "the server's reply holds no choices")
        text, reason = choices[0].message.content, choices[0].finish_reason
        if reason == "content_filter":
            return answered(None, "the server withheld the answer (content_filter)")
        if not text:
            return answered(None, f"the server's answer is empty (finish_reason {reason})")
        return answered(text, tokens=_tokens(usage))

    def _video_parts(self, clip: Clip) -> list[dict[str, Json]]:
        if self.media == "video":
            return [{"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{_base64(clip.video)}"}}]
        from PIL import Image

        parts = []
        for frame in clip.frames(self.fps):
            buffer = io.BytesIO()
            Image.fromarray(frame).save(buffer, "JPEG", quality=90)
            url = f"data:image/jpeg;base64,{_base64(buffer.getvalue())}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        return parts


def _audio_part(clip: Clip) -> dict[str, Json]:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, clip.sound(), 16_000, format="WAV", subtype="PCM_16")
    return {"type": "input_audio", "input_audio": {"data": _base64(buffer.getvalue()), "format": "wav"}}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _tokens(usage: Any) -> Tokens | None:
    """Return the input tokens by modality; None if the server does not report them separately."""
    details = getattr(usage, "prompt_tokens_details", None)
    audio, video, images = (getattr(details, f"{kind}_tokens", None) for kind in ("audio", "video", "image"))
    video = images if video is None else video
    if audio is None or video is None:
        return None
    return Tokens(video=video, audio=audio, text=max(0, usage.prompt_tokens - audio - video))
