"""tiny-omni: a small model of the Qwen2.5-Omni architecture, trained here on clips drawn here. An instrument, not a result."""
