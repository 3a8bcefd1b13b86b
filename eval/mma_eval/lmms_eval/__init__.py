"""Tasks for lmms-eval, exported per dataset and run inside lmms-eval without this project's packages."""
