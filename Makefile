# Needs make and python3 >= 3.11 with venv. Every target makes and fills .venv by itself; the second time is quick.
#   make demo ARGS="--duration 60"      make test PYTEST_ARGS="-k spool"      make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
PYTEST_ARGS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := $(wildcard greendc collectors edge_agent analytics dashboard simulators tests benchmarks deploy/*.py)
LOCKING := --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-anomaly bench-advice soak fonts lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf 'make %-13s %s\n' "$$name" "$$text"; done

demo: $(STAMP) ## start a simulated site with its dashboard on this machine
	@$(BIN)/greendc demo $(ARGS)

test: lint ## run every check and every test
	@$(BIN)/pytest --numprocesses 2 --dist loadfile $(PYTEST_ARGS)

lint: $(STAMP) ## run the checks that need no running code: ruff, mypy, import layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CODE)
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo

bench: $(STAMP) ## measure what the documents claim about speed
	@$(BIN)/python -m benchmarks $(ARGS)

bench-anomaly: $(STAMP) ## judge the anomaly detector on labelled series: make bench-anomaly ARGS="--data DIR"
	@$(BIN)/python -m benchmarks.anomaly $(ARGS)

bench-advice: $(STAMP) ## judge the advice on simulated plants whose truth is known: make bench-advice ARGS="--parts planted"
	@$(BIN)/python -m benchmarks.advice $(ARGS)

soak: $(STAMP) ## run the chain, every page and properties on new examples again and again: make soak ARGS="--rounds 20"
	@$(BIN)/python -m benchmarks.soak $(ARGS)

fonts: $(STAMP) ## make the fonts of the reports anew: apt install fonts-noto-cjk fonts-noto-core unicode-data
	@$(BIN)/python deploy/fonts.py

lock: $(STAMP) ## resolve the dependencies anew into every lock file
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev $(LOCKING) --output-file requirements.lock
	@$(BIN)/uv pip compile --group build --constraints requirements.lock $(LOCKING) --output-file requirements-build.lock
	@$(BIN)/uv pip compile pyproject.toml --extra server --extra dashboard --extra report --constraints requirements.lock $(LOCKING) --output-file deploy/server.lock
	@$(BIN)/uv pip compile pyproject.toml --extra edge --constraints requirements.lock $(LOCKING) --output-file deploy/edge.lock

clean: ## remove the environment and every cache
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-build.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo 'greendc needs Python 3.11 or newer with venv: apt install python3 python3-venv (or make PYTHON=/path/to/python3.11).' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo 'The venv module of $(PYTHON) is missing: apt install python3-venv.' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Installing into $(VENV), once; later runs start at once.' >&2
	@$(PIP) install -qq --require-hashes --only-binary :all: -r requirements-build.lock
	@$(PIP) install -qq --require-hashes --only-binary :all: --no-binary psychrolib --no-build-isolation --use-pep517 -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@
