# make demo   sets up what the main job needs in .venv and does it on the bundled example
# make test   sets up everything in .venv and runs every test
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.14 python3.12 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && echo $$p && break; done)
SYNC = VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --python $(BIN)/python
PROJECT := pyproject.toml uv.lock $(wildcard plugins/*/pyproject.toml) examples/cerebro-example/pyproject.toml

.PHONY: demo test test-quick lint format typecheck docs docs-check imports wheels tox benchmarks benchmarks-corpus clean

demo: $(VENV)/.demo
	@mkdir -p demo
	$(BIN)/cerebro auto examples/mmm/weekly.csv --output demo/mmm_pipeline.py --run
	@echo "The report is demo/mmm_pipeline_run/report.html; the script that made it is demo/mmm_pipeline.py."

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

test-quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m "not slow"

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.12 or newer on PATH; install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

$(VENV)/.demo: $(BIN)/uv $(PROJECT)
	$(SYNC) --package cerebro-mmm --no-dev
	@touch $@

$(VENV)/.dev: $(BIN)/uv $(PROJECT)
	$(SYNC) --all-packages --all-extras --group dev
	@touch $@ $(VENV)/.demo

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	COLUMNS=100 $(BIN)/cog -r docs/*.md README.md

docs-check: $(VENV)/.dev
	COLUMNS=100 $(BIN)/cog --check docs/*.md README.md

wheels: $(VENV)/.dev
	rm -rf dist
	$(BIN)/uv build --quiet --all-packages --wheel --out-dir dist --python $(BIN)/python

tox: wheels
	$(BIN)/tox run --recreate

benchmarks: $(VENV)/.dev
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/generation.py
	$(BIN)/python benchmarks/mmm/against_pymc_marketing.py

benchmarks-corpus: $(VENV)/.dev
	$(BIN)/python benchmarks/corpus/build_all.py $(VENV)/corpus
	$(BIN)/python benchmarks/corpus/self_contained.py $(VENV)/corpus
	$(BIN)/python benchmarks/corpus/evaluate.py $(VENV)/corpus
	$(BIN)/python benchmarks/corpus/evaluate.py $(VENV)/corpus --held
	$(BIN)/python benchmarks/corpus/evaluate.py $(VENV)/corpus --held --strict --alone
	$(BIN)/python benchmarks/corpus/evaluate.py $(VENV)/corpus --cards
	$(BIN)/python benchmarks/corpus/cold.py

clean:
	rm -rf $(VENV) dist demo .tox .mypy_cache .ruff_cache .pytest_cache
