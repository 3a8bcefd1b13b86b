"""Tasks for lmms-eval: exported for a dataset, run inside lmms-eval without this project's packages."""
