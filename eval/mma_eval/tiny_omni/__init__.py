"""tiny-omni: a small Qwen2.5-Omni trained on drawn clips, for testing and teaching; not a research result."""
