"""Run lmms-eval's own Qwen2.5-Omni on a row up to the network, in lmms-eval's environment."""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from lmms_eval.models.chat.qwen2_5_omni import Qwen2_5_Omni
from lmms_eval.protocol import ChatMessages
from lmms_eval.tasks import TaskManager
from transformers import Qwen2_5OmniProcessor

# As in the published checkpoint; `random_omni` reduces it to the needs of this project.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}<|vision_bos|><|VIDEO|><|vision_eos|>"
    "{% elif part['type'] == 'audio' %}<|audio_bos|><|AUDIO|><|audio_eos|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


class Network:
    """A stand-in for the weights that records its input."""

    device, dtype = torch.device("cpu"), torch.float32

    def generate(self, **given: Any) -> torch.Tensor:
        self.given = given
        return given["input_ids"]


class WithoutWeights(Qwen2_5_Omni):
    """lmms-eval's model with a small processor and no weights; its own constructor loads both from the Hub."""

    def __init__(self, processor: Path) -> None:
        self._model = Network()
        self.processor = Qwen2_5OmniProcessor.from_pretrained(processor)
        self.processor.chat_template = TEMPLATE
        self._tokenizer, self.device_map = self.processor.tokenizer, "cpu"
        self.use_cache, self.system_prompt = True, "You are Qwen."


def given(model: WithoutWeights, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the input of the network for the messages of a task."""
    model._infer_one(ChatMessages(messages=messages), {})
    inputs = model._model.given
    tokens = model.tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
    return {
        "video_tokens": tokens.count("<|VIDEO|>"),
        "audio_tokens": tokens.count("<|AUDIO|>"),
        "text": model.tokenizer.decode(inputs["input_ids"][0]),
        "contrast": float(inputs["pixel_values_videos"].std()),
        "heard": inputs["input_features"][0].tolist(),
    }


if __name__ == "__main__":
    tasks, processor, result = map(Path, sys.argv[1:])
    manager = TaskManager(include_path=str(tasks), include_defaults=False, model_name="qwen2_5_omni")
    (task,) = manager.load_task_or_group(["mma_bench_misaligned_audio"], "chat").values()
    row = task.eval_docs[0]
    result.write_text(json.dumps({"id": row["id"]} | given(WithoutWeights(processor), task.doc_to_messages(row))))
