"""Publishing on the Hugging Face Hub: what goes, whether it may, and how it gets there."""
