"""Publish on the Hugging Face Hub: collect the files, check that they may be published, upload them."""
