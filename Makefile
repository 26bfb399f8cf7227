# Everything is done in .venv; `make help` lists what there is.
# Relative paths throughout, so that a checkout may lie anywhere, spaces included.

PYTHON ?= python3
DATA ?= .anshang
SIZE ?= M
TESTS ?= tests
JOBS ?= 2

BIN := .venv/bin
SETUP := $(PYTHON) -B infra/embedded/bootstrap.py
CONSOLE := $(PYTHON) -B infra/embedded/console.py

.DEFAULT_GOAL := help
.PHONY: help run test test-storage console check format schema pages clients migrations lock clean \
  setup python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  DATA=$(DATA) SIZE=$(SIZE) (S, M, L) TESTS=$(TESTS) JOBS=$(JOBS) may be set behind the target;"
	@echo "  ANSHANG_HTTP_PORT chooses the port of make run."

run: python ## Run a whole district on this machine; Ctrl-C stops it
	@$(SETUP) 7
	@$(CONSOLE)
	@ANSHANG_STEPS_BEFORE=3 exec $(BIN)/python -m infra.cli run --data "$(DATA)" --size "$(SIZE)"

test: python ## Run all tests against real engines
	@$(SETUP)
	@$(CONSOLE)
	@exec $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

test-storage: python ## Test the door to storage against other stores, installed by itself
	@$(SETUP)
	@exec $(BIN)/python -m tests.storage.stores

console: python ## Build the console for browsers and phones
	@$(CONSOLE)

check: python ## Linters, import contracts and types
	@$(SETUP)
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/lint-imports
	$(BIN)/python -m mypy

format: python ## Format the code and repair what linters can
	@$(SETUP)
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

setup: python ## Install into .venv only
	@$(SETUP)

schema: python ## Print graphql/schema.graphql anew
	@$(SETUP)
	@PYTHONPATH=.:graphql $(BIN)/python -m api.schema

pages: python ## Write the pages for integrators that are made from the code
	@$(SETUP)
	@PYTHONPATH=.:graphql $(BIN)/python -m infra.pages

clients: python ## Make typed clients in Python and TypeScript (clients/)
	@$(SETUP)
	@$(BIN)/python -m infra.clients

migrations: python ## Write migrations for what changed in the models
	@$(SETUP)
	$(BIN)/tortoise -c service.database.TORTOISE makemigrations

lock: python ## Pin the newest allowed versions of all packages
	@$(SETUP)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --all-extras pyproject.toml --output-file requirements.lock
	cp requirements.lock infra/deploy/requirements.lock  # the pins to keep where they apply
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate pyproject.toml --output-file infra/deploy/requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --constraint requirements.lock infra/embedded/tools.in \
	  --output-file infra/embedded/tools.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate infra/embedded/store.in --output-file infra/embedded/store.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate infra/embedded/clients.in --output-file infra/embedded/clients.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate tests/storage/stores/localstack.in \
	  --output-file tests/storage/stores/localstack.lock

clean: ## Remove the environment and all caches; data stay in .anshang
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf infra/explorer/node_modules
	rm -rf clients/documents.graphql clients/python/anshang_client clients/typescript/generated
	rm -rf clients/typescript/dist clients/typescript/node_modules
	rm -rf service/console/node_modules service/console/dist service/console/src/gql

python:
	@command -v $(PYTHON) >/dev/null || { echo "anshang: python3 is not installed: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "anshang: Python 3.11 or newer is needed; PYTHON=/path/to/python chooses one" >&2; exit 1; }
