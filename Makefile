# make demo: build the default dataset, evaluate tiny-omni on it without and with its adapter, write a report. make test,
# make lint, make bench: what they say. All work in .venv, with the versions of constraints/. make constraints: choose these
# versions anew. make test-latest: the tests with the newest version of everything, whatever pyproject.toml allows.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONSTRAINTS := constraints/python$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt
# More than the usual two cores: tests that wait for processes leave room.
WORKERS ?= 3
PYTHONS := 3.11 3.12 3.13 3.14
FOREIGN := lmms-eval llamafactory

# uv compiles nothing when it installs: without bytecode files every process would compile torch and transformers anew.
export PYTHONDONTWRITEBYTECODE =

# uv installs a cold environment several times faster than pip, which takes over where uv cannot be had.
UV = $(firstword $(wildcard $(BIN)/uv) uv)
EXTRAS = dev
install = what="--quiet --constraint $(CONSTRAINTS) --editable .[$(EXTRAS)]"; if $(UV) --version >/dev/null 2>&1; \
	then $(UV) pip install --python $(BIN)/python $$what; else $(BIN)/python -m pip install $$what; fi
compile = $(UV) pip compile --quiet --upgrade --only-binary :all: --python-platform x86_64-unknown-linux-gnu \
	--no-header --no-annotate --no-emit-index-url

.PHONY: demo test lint bench constraints test-latest clean

demo: $(VENV)/installed
	$(BIN)/mma-bench build --out mma-bench
	$(BIN)/mma-bench eval --model tiny-omni --data mma-bench --out runs/tiny-omni
	$(BIN)/mma-bench eval --model tiny-omni --adapter tiny-omni-mma --data mma-bench --out runs/tiny-omni+tiny-omni-mma
	$(BIN)/mma-bench report runs/tiny-omni runs/tiny-omni+tiny-omni-mma --out runs/report.html

test: $(VENV)/installed-dev
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vermin --quiet --target=3.9- --no-tips --violations eval/mma_accuracy/*.py

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.benchmarks

constraints: $(VENV)/installed-dev
	$(foreach version,$(PYTHONS),$(compile) --python-version $(version) --extra dev pyproject.toml -o constraints/python$(version).txt &&) true
	$(compile) --python-version 3.12 constraints/pyav19.in -o constraints/pyav19.txt
	$(foreach name,$(FOREIGN),$(subst --only-binary :all:,,$(compile)) --python-version 3.11 constraints/$(name).in -o constraints/$(name).txt &&) true

test-latest:
	$(PYTHON) -m venv .venv-latest
	.venv-latest/bin/python -m pip install --quiet --upgrade pip uv
	.venv-latest/bin/python -c 'import re, tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		names = {re.match(r"[\w.-]+", r)[0] for rs in [project["dependencies"], *project["optional-dependencies"].values()] for r in rs}; \
		print(*sorted(names - {"mma-bench"}), sep="\n")' > .venv-latest/unbounded.txt
	.venv-latest/bin/uv pip install --quiet --upgrade --python .venv-latest/bin/python --override .venv-latest/unbounded.txt --editable '.[dev]'
	.venv-latest/bin/pytest -n $(WORKERS) --dist worksteal

clean:
	rm -rf $(VENV) .venv-latest mma-bench mma-bench.partial runs

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	@test -e $(CONSTRAINTS) || { echo "no $(CONSTRAINTS): this Python was not tried; make PYTHON=python3.13 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	-@uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) uv

$(VENV)/installed: EXTRAS = api,metric,train
$(VENV)/installed: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@$(install)
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@$(install)
	@touch $@ $(VENV)/installed
