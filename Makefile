# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := .tools/bin
LIBS   := $(VENV)/.libraries
READY  := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest

SOURCE   ?= sample
REGISTRY ?= build/registry
MINIO_VERSION := v0.0.0-20260212201848-7aac2a2c5b7c

##@ Use
.PHONY: help
help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY) ## Do the whole job, as the pipeline does: SOURCE=sample REGISTRY=build/registry
	@$(BIN)/milkprice pipeline run-local -p source=$(SOURCE) -p registry=$(abspath $(REGISTRY))
	@echo "look at it: $(BIN)/milkprice models list --registry $(REGISTRY)"

.PHONY: pipelines
pipelines: $(READY) ## Compile the pipelines into build/*.yaml
	@$(BIN)/milkprice pipeline compile

.PHONY: setup
setup: $(READY) ## Make .venv with everything in it

$(READY): $(LIBS) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

$(LIBS): requirements/development.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.10 to 3.13 is needed, not $(PYTHON); try: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version), once; this takes a minute ..."
	@$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/development.txt
	@touch $@

.PHONY: images
images: $(READY) ## Build the pipeline image (needs Docker): BASE=python:3.11-slim-bookworm
	@mkdir -p build
	@image=$$($(BIN)/python -c 'from components.image import image; print(image())'); \
	docker image inspect $$image > /dev/null 2>&1 || \
		docker build $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$${image##*:} \
			--target pipeline --tag $$image . > build/image.log 2>&1 || { cat build/image.log; exit 1; }; \
	echo $$image

##@ Check
.PHONY: test
test: $(READY) ## All tests; what needs a missing program is skipped by name and counted
	@$(PYTEST)

.PHONY: test-fast
test-fast: $(READY) ## The tests that take under a minute together
	@$(PYTEST) -m "not slow and not minio and not docker"

.PHONY: lint
lint: $(READY) ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: bench-training
bench-training: $(READY) ## The search beside GridSearchCV, in one run: SOURCE=sample
	@$(BIN)/python -m benchmarks.training --source $(SOURCE)

##@ Keep
.PHONY: format
format: $(READY) ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: tools
tools: $(TOOLS)/minio ## Build MinIO for the tests (needs Go)

$(TOOLS)/minio:
	@command -v go > /dev/null || { echo "Go is needed to build MinIO: https://go.dev/dl"; exit 1; }
	@echo "Building MinIO, once ..."
	@GOBIN=$(abspath $(TOOLS)) go install github.com/minio/minio@$(MINIO_VERSION)

.PHONY: lock
lock: $(READY) ## Resolve the requirements anew, all together, and pin them with hashes
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header \
		--all-extras --group dev pyproject.toml -o requirements/resolution.txt $(UPGRADE)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header \
		--generate-hashes --all-extras --group dev -c requirements/resolution.txt pyproject.toml \
		-o requirements/development.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header \
		--generate-hashes -c requirements/resolution.txt pyproject.toml -o requirements/pipeline.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header \
		--generate-hashes --extra serving -c requirements/resolution.txt pyproject.toml \
		-o requirements/predictor.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header \
		--generate-hashes --no-deps requirements/pipeline-alone.in -o requirements/pipeline-alone.txt

.PHONY: clean
clean: ## Remove everything that was made
	@rm -rf $(VENV) .tools build .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
