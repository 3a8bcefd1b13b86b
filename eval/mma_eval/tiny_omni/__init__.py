"""tiny-omni: a small Qwen2.5-Omni, trained on drawn clips. An instrument for testing and teaching, not a result."""
