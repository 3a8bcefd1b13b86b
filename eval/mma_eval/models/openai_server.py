"""Models behind an OpenAI-compatible server: vLLM, SGLang and others with video and audio, or OpenAI itself."""

import base64
import io
import json
import os
from collections.abc import Mapping, Set
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_bench.media.operations import without_sound
from mma_eval.model import NEW_TOKENS, Answer, Clip, ModelError, Question, SoundProbe
from mma_eval.models.chat import Part, Reply, adaptation, chat_request, collected, input_tokens, told_error
from mma_eval.models.requests import RequestError, not_json, reply_error, send, status_error
from mma_eval.models.servers import ServerModel, without_secrets

_PAID_HOSTS = ("api.openai.com",)
_OWN_FIELDS = frozenset(
    {"model", "messages", "temperature", "seed", "max_tokens", "max_completion_tokens", "stream", "stream_options"}
)
"""Fields of a request that `--extra-body` must not replace, since run.json says what they are."""


@dataclass(kw_only=True, eq=False, repr=False)
class OpenAIServer(ServerModel):
    """A chat-completions server (`openai:NAME`).

    Video is sent as an mp4 in a data URL (`video_url`, as vLLM expects) or as JPEG frames (`image_url`). The audio goes
    beside it (`input_audio`, WAV), and then the mp4 has none, or in the mp4 alone, for servers that read it there: what
    was chosen is another experiment, since a model interleaves the audio of a video with its frames.
    Questions about a clip are sent in succession, media first, so that the server's prefix cache applies. What a server
    refuses is left out or sent as it demands; see `chat.ADAPTATIONS`.
    """

    libraries = ("openai",)
    media: str = "video"
    """Format of the video: `video` sends MP4; `frames` sends JPEGs at `fps`, for servers without video input."""
    sound: str = "beside"
    """Where the audio is sent: `beside` the video, or `in-video`."""
    stream: bool = False
    """Whether to ask for streamed replies; servers that demand it get it anyway."""
    one_medium: bool = False
    """Whether to send one medium per message; servers that demand it get it anyway."""
    extra_body: str | None = None
    """JSON object to add to the body of each request."""
    concurrency: int = 8
    tokens_per_second = (300.0, 25.0)  # approximate; servers differ
    _extra_body: dict[str, Json] = field(init=False)
    _adapted: set[str] = field(init=False)
    """Adaptations to the server so far."""

    def __post_init__(self) -> None:
        if self.media not in ("video", "frames"):
            raise OptionsError(f"--media {self.media}: expected video or frames")
        if self.sound not in ("beside", "in-video") or (self.sound, self.media) == ("in-video", "frames"):
            raise OptionsError(
                f"--sound {self.sound} with --media {self.media}: expected beside, or in-video with --media video"
            )
        self._extra_body = _json_object(self.extra_body) if self.extra_body else {}
        self._adapted = {
            name for name, wanted in (("streamed", self.stream), ("one medium per message", self.one_medium)) if wanted
        }
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
            "sound": self.sound,
            "fps": self.fps if self.media == "frames" else None,
            "system_prompt": self.system_prompt,
            "decoding": "temperature 0, seed 0",
            "max_new_tokens": self.max_new_tokens or dict(NEW_TOKENS),
            "one_medium": self.one_medium or None,
            "extra_body": self._extra_body or None,
        }

    @property
    def adapted(self) -> frozenset[str]:
        """Adaptations of requests to the server so far; keys of `chat.ADAPTATIONS`."""
        return frozenset(self._adapted)

    def load(self) -> None:
        """Connect, and check that the server has the model.

        Raises:
            ModelError: the server cannot be reached, refuses the key, has no such model, or is no such server.
        """
        import openai

        self._stop.clear()
        self._client = openai.AsyncOpenAI(
            base_url=self.url,
            api_key=os.environ.get("OPENAI_API_KEY") or "EMPTY",  # local servers often need none
            timeout=self.timeout,
            max_retries=0,
        )
        try:
            listed = send(self._client.models.with_raw_response.list, timeout=self.timeout, tries=1, stop=self._stop)
            names = _model_names(listed.http_response.text)
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            sent = "the key in OPENAI_API_KEY" if os.environ.get("OPENAI_API_KEY") else "a request without a key"
            raise ModelError(f"{self.url} refuses {sent} ({first_line(error)}); set a valid OPENAI_API_KEY") from error
        except (openai.APIConnectionError, RequestError) as error:
            raise ModelError(
                f"{self.url} cannot be reached ({first_line(error)}); start the server, or give its URL as --base-url"
            ) from error
        except openai.APIError:
            return  # not every server lists its models
        if names and self.name not in names:
            raise ModelError(f"{self.url} has no model {self.name!r}; available: {', '.join(names[:10])}")

    def prepare(self, clip: Clip) -> list[Part]:
        """Build the message parts that contain the clip."""
        return [*self._video_parts(clip), *([] if self.sound == "in-video" else [_audio_part(clip)])]

    def probe(self, clip: Clip, question: Question) -> SoundProbe:
        """Ask the question with and without the audio, and compare the server's token counts."""
        silent = replace(clip, video=without_sound(clip.video))
        answers = [self.ask(media, question) for media in (self.prepare(clip), self._video_parts(silent))]
        cost = sum(answer.cost or 0.0 for answer in answers)
        found = partial(SoundProbe, cost=cost or None)
        for answer in answers:
            if answer.error is not None:
                return found(None, None, None, f"the probe failed: {answer.error}")
        with_sound, without = map(_all_input_tokens, answers)
        if with_sound is None or without is None:
            return found(None, with_sound, without, "the server counts no tokens, so this cannot be told")
        note = f"{with_sound - without} more input tokens with the sound than without"
        if with_sound <= without:
            note = "the sound adds no input tokens: the server drops it; check that the model takes audio and that "
            note += (
                "the server reads the sound of a video (--extra-body)"
                if self.sound == "in-video"
                else "audio is enabled on the server"
            )
        return found(with_sound > without, with_sound, without, note)

    async def request(self, media: list[Part], question: Question) -> Answer:
        """Send one request, adapted to what the server refuses, and read its reply; see `ServerModel.request`."""
        import openai

        while True:
            adapted = frozenset(self._adapted)
            limit = self.max_new_tokens or NEW_TOKENS[question.variant]
            body = chat_request(media, question.text, system=self.system_prompt, limit=limit, adapted=adapted)
            try:
                sent = await self._client.chat.completions.create(
                    model=self.name, **body, extra_body=self._extra_body or None
                )
                return self._answer(await collected(sent))
            except openai.APIStatusError as error:
                demanded = _demanded(error, adapted)
                if demanded is None:
                    raise _status_error(error) from error
                self._adapted.add(demanded)
            except openai.APITimeoutError as error:
                raise TimeoutError from error
            except openai.APIConnectionError as error:
                raise RequestError(f"{type(error).__name__}: {first_line(error)}", passing=True) from error
            except openai.APIError as error:  # within a stream
                raise told_error(error.body or {"message": first_line(error)}) from error
            except ValueError as error:
                raise reply_error(error) from error

    def _answer(self, reply: Reply) -> Answer:
        usage, cost = reply.usage, None
        tokens, total = input_tokens(usage)
        if self._price is not None and usage is not None:
            output, audio = getattr(usage, "completion_tokens", None) or 0, tokens.audio if tokens else 0
            cost = self._price.of(text=(total or 0) - audio, audio=audio, output=output)
        try:
            text, ended = reply.answer()
        except RequestError as error:
            error.cost = cost
            raise
        return Answer(text, tokens=tokens, cost=cost, ended=ended, prompt_tokens=None if tokens else total)

    def _video_parts(self, clip: Clip) -> list[Part]:
        if self.media == "video":
            # The sound that goes beside the video must not arrive a second time in it.
            video = clip.video if self.sound == "in-video" else without_sound(clip.video)
            return [{"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{_base64(video)}"}}]
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


def _all_input_tokens(answer: Answer) -> int | None:
    return answer.prompt_tokens if answer.tokens is None else sum(astuple(answer.tokens))


def _model_names(listed: str) -> list[str]:
    """Return the names in a list of models; none if the server has another kind of list."""
    try:
        content = json.loads(listed)
    except ValueError as error:
        raise ModelError(f"the list of models: {not_json(listed)}") from error
    models = content.get("data") if isinstance(content, dict) else None
    return [str(model.get("id")) for model in models or () if isinstance(model, dict)]


def _demanded(error: Any, done: Set[str]) -> str | None:
    """Return the adaptation that an error demands; None if it demands none."""
    if error.status_code not in (400, 404, 415, 422):
        return None
    return adaptation(error.response.text, getattr(error, "param", None), done)


def _status_error(error: Any) -> RequestError:
    try:
        body = json.loads(error.response.text)
    except ValueError:
        return status_error(error.status_code, not_json(error.response.text), error.response.headers, None)
    told = body.get("error", body) if isinstance(body, dict) else body
    message = told.get("message") if isinstance(told, dict) else told
    said = str(message or first_line(error))
    return status_error(error.status_code, f"{type(error).__name__}: {said}", error.response.headers, body)


def _json_object(text: str) -> dict[str, Json]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise OptionsError(
            f"--extra-body {text}: expected a JSON object, such as "
            """'{"mm_processor_kwargs": {"use_audio_in_video": true}}'"""
        )
    if own := sorted(set(value) & _OWN_FIELDS):
        raise OptionsError(f"--extra-body: {', '.join(own)}: set by mma-bench itself, or by an option of its own")
    return value
