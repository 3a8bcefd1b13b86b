"""Tasks for lmms-eval: written for a dataset, run inside lmms-eval without our packages."""
