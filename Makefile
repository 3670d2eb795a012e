# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
TOOLS  := .tools/bin
STORES := .tools/stores/.installed
# What a command needs, installed once: to run the pipelines, to serve, to develop.
RUN    := $(VENV)/.run
SERVE  := $(VENV)/.serve
DEV    := $(VENV)/.development
# One thread of linear algebra a worker: two workers with two each wait for each other.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
# A file stays on one processor, as its tests share servers; of those each takes its share of memory.
TESTS  := -n auto --maxprocesses 4 --dist loadfile

SOURCE   ?= sample
REGISTRY ?= build/registry
MODEL    ?= milk-price
PORT     ?= 8080
BENCHES  := training cleaning forecast forecasters serving batch pipeline start models series
# Bytecode is kept, as users' machines do: without it each start would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE
# A part of the benchmark, which the page of results then takes in.
bench     = $(BIN)/python -m benchmarks.$(1) && $(BIN)/python -m benchmarks.results
resolve   = $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url --no-header
pin       = $(resolve) --generate-hashes -c requirements/resolution.txt
# S3 servers that tests run, each a marker of theirs.
SERVERS  := minio moto versitygw gofakes3 seaweedfs localbucket nanio s3proxy
FUZZED   := v1 v2 v2-binary legacy sidecar polynomial forecast
MINIO_VERSION := v0.0.0-20260212201848-7aac2a2c5b7c
MC_VERSION := v0.0.0-20250313080218-cf909e1063a9
KIND_VERSION := v0.32.0
KUSTOMIZE_VERSION := v5.7.1
VERSITYGW_VERSION := v1.8.0
GOFAKES3_VERSION := v1.2.0
S3PROXY := org.gaul:s3proxy:3.0.0:jar:jar-with-dependencies

##@ Use
.PHONY: help
help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN) ## Do the whole job, as the pipeline does: SOURCE=sample REGISTRY=build/registry
	@$(BIN)/milkprice pipeline run-local -p source=$(SOURCE) -p registry=$(abspath $(REGISTRY))
	@echo "look at it: $(BIN)/milkprice models list --registry $(REGISTRY)"
	@echo "ask it:     make serve$(if $(filter-out build/registry,$(REGISTRY)), REGISTRY=$(REGISTRY))"

.PHONY: serve
serve: $(SERVE) ## Serve what `make run` published, gRPC a port above: REGISTRY=build/registry MODEL=milk-price PORT=8080
	@MODEL_URI='$(abspath $(REGISTRY))/$(MODEL)' $(BIN)/python -m serving --host 127.0.0.1 \
		--http-port $(PORT) --grpc-port $$(( $(PORT) + 1 )) --log-format text

.PHONY: pipelines
pipelines: $(RUN) ## Compile the pipelines into build/*.yaml
	@$(BIN)/milkprice pipeline compile

.PHONY: setup
setup: $(DEV) ## Make .venv with everything that development needs

# A stamp for each file of requirements that is installed, each of which holds those before it.
$(RUN) $(SERVE) $(DEV): $(VENV)/.%: requirements/%.txt $(VENV)/.project
	@echo "Installing requirements/$*.txt, once ..."
	@scripts/install $*
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.created
	@scripts/install project
	@touch $@

# Made anew with the resolution, so that nothing of an older one stays.
$(VENV)/.created: requirements/resolution.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.10 to 3.13 is needed, not $(PYTHON); try: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version), once ..."
	@$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--no-compile --requirement requirements/install.txt
	@touch $@

.PHONY: images
images: $(RUN) ## Build both images (needs Docker): BASE=python:3.11-slim-bookworm
	@mkdir -p build
	@for target in pipeline predictor; do \
		case $$target in pipeline) module=components;; *) module=serving;; esac; \
		image=$$($(BIN)/python -c "from $$module.image import image; print(image())"); \
		docker image inspect $$image > /dev/null 2>&1 || \
			docker build $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$${image##*:} \
				--target $$target --tag $$image . > build/$$target.log 2>&1 || \
			{ cat build/$$target.log; exit 1; }; \
		echo $$image; \
	done

##@ On a cluster
.PHONY: kind-up
kind-up: $(RUN) ## A whole cluster on this machine (needs Docker, kind, kubectl)
	@scripts/kind-up

.PHONY: kind-down
kind-down: ## Remove it
	@scripts/kind-down

.PHONY: platform
platform: $(RUN) ## cert-manager, KServe and Kubeflow Pipelines onto kubectl's cluster
	@scripts/platform

.PHONY: vendor-platform
vendor-platform: ## Their manifests as checked files, for a cluster without the internet: SOURCE_DIR=
	@scripts/vendor-platform

.PHONY: deploy
deploy: $(RUN) ## Our manifests onto kubectl's cluster: OVERLAY=kind IMAGES=registry/of/yours
	@scripts/deploy

.PHONY: upload
upload: $(RUN) ## The pipelines onto Kubeflow
	@scripts/upload

.PHONY: train
train: $(RUN) ## Run the whole job on Kubeflow and wait: SOURCE=sample PARAMS="gap=3 k=1,2"
	@scripts/train

.PHONY: predict
predict: ## Ask the predictor: EXAMPLE=v1.json URL= TOKEN=
	@scripts/predict

.PHONY: status
status: $(RUN) ## One screen: pods, models, versions, runs
	@scripts/status

.PHONY: logs
logs: $(RUN) ## The predictor's log and the last run's: LINES=50 RUN=last
	@scripts/logs

.PHONY: e2e
e2e: $(SERVE) ## Upload, train, predict, promote, kill pods, canaries: a table, on kubectl's cluster: E2E=part,part URL=
	@scripts/run-e2e

.PHONY: push-images
push-images: $(RUN) ## Both images into a registry, with provenance: IMAGES=ghcr.io/you
	@scripts/push-images

##@ Check
.PHONY: test
test: $(DEV) ## All tests; what needs a missing program is skipped by name and counted
	@$(PYTEST) $(TESTS)

.PHONY: test-fast
test-fast: $(DEV) ## The quick ones of them, a minute or so
	@$(PYTEST) $(TESTS) -m "not slow and not docker and not kustomize and not browser \
		$(foreach server,$(SERVERS),and not $(server))"

.PHONY: test-stores
test-stores: $(DEV) tools $(TOOLS)/gofakes3 $(TOOLS)/s3proxy.jar ## Store tests on all S3 servers (needs Go, Maven, Java): WEED=path
	@$(PYTEST) $(TESTS) tests/milkprice/registry tests/milkprice/cli/test_store.py \
		tests/serving/test_stores.py

.PHONY: lint
lint: $(DEV) ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: chaos
chaos: $(DEV) ## Faults and crashes against a real S3 server (make tools): N=20000 SEED=1 STORE=minio
	@$(BIN)/python -m tests.support.chaos --schedules $(or $(N),20000) --seed $(or $(SEED),1) --store $(or $(STORE),minio)

.PHONY: fuzz
fuzz: $(DEV) ## Whatever reads bytes from outside, by atheris (Linux, Python 3.11 to 3.13): MINUTES=10
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --require-hashes \
		--no-deps --target build/fuzz/atheris -r requirements/fuzz.txt
	@for reader in $(FUZZED); do echo "== $$reader"; \
		PYTHONPATH=build/fuzz/atheris $(BIN)/python -m tests.support.fuzzing $$reader \
			--seconds $$(( 60 * $(or $(MINUTES),10) / 7 )) || exit 1; \
	done

.PHONY: findings
findings: ## Do the libraries still behave as findings/ says? A table: JOBS=2
	@scripts/findings

.PHONY: audit
audit: $(RUN) ## Known faults of what the images hold, asked of PyPI
	@scripts/audit

.PHONY: sbom
sbom: $(RUN) ## What the images hold, as CycloneDX into build/sbom (needs Docker, make images)
	@scripts/sbom

##@ Measure
.PHONY: bench
bench: bench-peers ## All of these, into benchmarks/RESULTS.md; 25 minutes
	@rm -f build/bench/*.json
	@for part in $(BENCHES); do $(MAKE) --no-print-directory bench-$$part || exit 1; done

.PHONY: bench-peers
bench-peers: $(DEV) ## Install the servers and libraries to compare with, apart
	@$(BIN)/python -m benchmarks.serving --install-peers

.PHONY: bench-training
bench-training: $(DEV) ## The search beside GridSearchCV: SOURCE=sample
	@$(call bench,training --source $(SOURCE))

.PHONY: bench-cleaning
bench-cleaning: $(DEV) ## The repair, to 10,000 series and 6,000 months: SOURCE=sample
	@$(call bench,cleaning --source $(SOURCE))

.PHONY: bench-forecast
bench-forecast: $(DEV) ## The forecast step, its regressions beside scikit-learn's: SOURCE=sample BESIDE=checkout
	@$(call bench,forecast --source $(SOURCE) $(if $(BESIDE),--beside $(BESIDE)))

.PHONY: bench-forecasters
bench-forecasters: $(DEV) ## A lone series beside statsforecast and mlforecast: SOURCE=sample
	@$(call bench,forecasters --source $(SOURCE))

.PHONY: bench-serving
bench-serving: $(DEV) ## The predictor beside KServe's, MLServer, old ones, a bare limit (needs wrk)
	@$(call bench,serving --source $(SOURCE))

.PHONY: bench-batch
bench-batch: $(DEV) ## Ten million rows predicted beside a loop
	@$(call bench,batch)

.PHONY: bench-pipeline
bench-pipeline: $(DEV) ## The pipeline on this machine beside the same in one process
	@$(call bench,pipeline)

.PHONY: bench-start
bench-start: $(DEV) ## Start to first answer and memory beside import kserve
	@$(call bench,start)

.PHONY: bench-models
bench-models: $(DEV) ## A thousand models in one predictor (needs wrk)
	@$(call bench,many_models)

.PHONY: bench-series
bench-series: $(DEV) ## A hundred series trained, a model of each
	@$(call bench,series)

.PHONY: bench-results
bench-results: $(DEV) ## What was measured last, compiled into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.results

##@ Keep
.PHONY: format
format: $(DEV) ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: tools programs
tools: programs $(STORES) ## Build the programs that tests run (needs Go)

programs: $(addprefix $(TOOLS)/,minio mc kind kustomize versitygw)

$(TOOLS)/minio: PACKAGE := github.com/minio/minio@$(MINIO_VERSION)
$(TOOLS)/mc: PACKAGE := github.com/minio/mc@$(MC_VERSION)
$(TOOLS)/kind: PACKAGE := sigs.k8s.io/kind@$(KIND_VERSION)
$(TOOLS)/kustomize: PACKAGE := sigs.k8s.io/kustomize/kustomize/v5@$(KUSTOMIZE_VERSION)

$(TOOLS)/versitygw: PACKAGE := github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)
$(TOOLS)/gofakes3: PACKAGE := github.com/johannesboyne/gofakes3/cmd/gofakes3@$(GOFAKES3_VERSION)

# Servers of Python, in an environment of their own.
$(STORES): requirements/stores.txt | $(DEV)
	@echo "Installing requirements/stores.txt, once ..."
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--requirement $<
	@touch $@

$(TOOLS)/s3proxy.jar:
	@command -v mvn > /dev/null || { echo "Maven is needed to get s3proxy"; exit 1; }
	@mvn --quiet --batch-mode dependency:copy -Dartifact=$(S3PROXY) -DoutputDirectory=$(TOOLS)
	@mv $(TOOLS)/s3proxy-*.jar $@

$(TOOLS)/%:
	@command -v go > /dev/null || { echo "Go is needed to build $*: https://go.dev/dl"; exit 1; }
	@echo "Building $*, once ..."
	@GOBIN=$(abspath $(TOOLS)) go install $(PACKAGE)

.PHONY: lock
lock: $(DEV) ## Resolve the requirements anew, all together, and pin them with hashes
	@$(resolve) --all-extras --group dev pyproject.toml -o requirements/resolution.txt $(UPGRADE)
	@$(pin) --all-extras --group dev pyproject.toml -o requirements/development.txt
	@$(pin) --extra pipeline --extra serving --group install pyproject.toml -o requirements/serve.txt
	@$(pin) --extra pipeline --group install pyproject.toml -o requirements/run.txt
	@$(pin) --group install -o requirements/install.txt
	@$(pin) requirements/pipeline.in -o requirements/pipeline.txt
	@$(pin) requirements/predictor.in -o requirements/predictor.txt
	@$(resolve) --generate-hashes --no-deps requirements/pipeline-alone.in \
		-o requirements/pipeline-alone.txt
	@$(resolve) --generate-hashes --no-annotate requirements/stores.in -o requirements/stores.txt
	@mkdir -p build
	@grep -E '^(joblib|numpy|pandas|scikit-learn|scipy)==' requirements/resolution.txt > build/shared.txt
	@for peers in peers peers-old; do \
		$(resolve) --generate-hashes --no-annotate -c build/shared.txt requirements/$$peers.in \
			-o requirements/$$peers.txt || exit 1; \
	done
	@$(resolve) --generate-hashes --no-annotate requirements/peers-forecast.in \
		-o requirements/peers-forecast.txt

.PHONY: clean
clean: ## Remove everything that was made
	@rm -rf $(VENV) .tools build .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
