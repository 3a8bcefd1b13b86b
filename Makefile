# make demo: build the default dataset, evaluate tiny-omni on it without and with its adapter, write a report. make test,
# make lint, make bench: what they say. All work in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench clean

demo: $(VENV)/installed
	$(BIN)/mma-bench build --out mma-bench
	$(BIN)/mma-bench eval --model tiny-omni --data mma-bench --out runs/tiny-omni
	$(BIN)/mma-bench eval --model tiny-omni --adapter tiny-omni-mma --data mma-bench --out runs/tiny-omni+tiny-omni-mma
	$(BIN)/mma-bench report runs/tiny-omni runs/tiny-omni+tiny-omni-mma --out runs/report.html

test: $(VENV)/installed-dev
	$(BIN)/pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) mma-bench mma-bench.partial runs

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[api,metric,train]'
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/installed
