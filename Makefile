# The commands a newcomer needs. `make` alone lists them.

PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Wheels only: no compiler is needed, and no package's own code runs while it is installed. The lock names everything.
INSTALL := $(PIP) install --quiet --require-hashes --no-deps --only-binary :all:
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo test soundcard-test check bench lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## install, pull the models (1.3 GB, once), answer the spoken questions of examples/
	$(BIN)/hark models pull
	$(BIN)/python examples/demo.py --at-least 8

test: $(VENV)/.installed-dev ## the whole test suite, the real small models included
	$(BIN)/hark models pull
	$(BIN)/hark models pull smollm2-135m piper-joe moonshine-tiny-en
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

soundcard-test: $(VENV)/.installed-dev ## microphone and speaker on a virtual sound card (PulseAudio; skipped without it)
	$(BIN)/hark models pull
	$(BIN)/pytest tests/soundcard

check: $(VENV)/.installed-dev ## lint, format, types, import contracts, spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell

bench: $(VENV)/.installed-dev ## measure; the figures belong into benchmarks/RESULTS.md
	$(BIN)/hark models pull
	@set -e; for file in $$(grep -l __main__ benchmarks/*.py); do \
		echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)"; \
	done

lock: $(VENV)/.installed-dev ## resolve the dependencies of pyproject.toml anew
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove the environment, caches and builds; models and indexes stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f examples/questions/*.answer.wav

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.version_info >= (3, 11) or sys.exit(f"hark needs Python 3.11 or newer, this is {v}: name one with `make PYTHON=python3.12 ...`")'
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run install nothing and ask no network.
$(VENV)/.locked: requirements.lock | $(BIN)/pip
	@echo "installing what requirements.lock names (1.2 GB on disk; some minutes the first time)"
	$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(INSTALL) -r requirements-dev.lock
	@touch $@
