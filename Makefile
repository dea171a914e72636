# Every target works alone on a fresh machine with make and Python 3.11 with venv: set-up is part of it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PYTEST_ARGS ?=

# With this variable set, Python compiles every module anew at each start (pandas: 2.6 s instead of 0.5).
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format types bench bench-http lock messages docs wheel clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with the locked packages (the other targets do it themselves)

# The stamp is as new as what was installed: a second run is instant, a changed lock file installs again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@test -x $(BIN)/pip || { echo "Making $(VENV) and installing the locked packages (once) ..."; \
		$(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/pip install --quiet --use-pep517 --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## set up, load the demonstration and serve it (ends with Ctrl-C)
	@$(BIN)/qms demo

test: $(READY) ## set up and run every test; PostgreSQL, Chromium, LibreOffice where installed
	@$(BIN)/pytest -q -n auto --maxprocesses=4 $(PYTEST_ARGS)

check: export QMS_REQUIRE_POSTGRES := 1
check: export QMS_REQUIRE_CHROMIUM := 1
check: export QMS_REQUIRE_LIBREOFFICE := 1
check: lint types test ## format, lint, types and every test; nothing may be left out

lint: $(READY) ## formatting and lint, without changing anything
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .

format: $(READY) ## format the code and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: $(READY) ## check the types
	@$(BIN)/pyright

bench: $(READY) ## speed and memory against their floors; ONLY=NAME runs one
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

bench-http: $(READY) ## speed of the whole program over HTTP
	@$(BIN)/python -m benchmarks.http

lock: ## resolve requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--generate-hashes --no-header --no-annotate -o requirements.lock pyproject.toml

messages: $(READY) ## print the messages that have no Vietnamese translation
	@$(BIN)/python -m tests.messages

docs: $(READY) ## write docs/reference.md from what the code declares
	@$(BIN)/python -m tests.reference

wheel: $(READY) ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove what set-up and builds made; data in var/ stays
	@rm -rf $(VENV) dist build .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
