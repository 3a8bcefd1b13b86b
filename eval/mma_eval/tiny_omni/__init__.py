"""tiny-omni: a small Qwen2.5-Omni, trained on clips drawn here. An instrument, not a result."""
