# Two commands are all that anyone needs: `make run` and `make test`. The rest is for those who change the code.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
DATA   ?= ../shared/data
SHELL  := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help run test test-spark check train-smoke evaluate bench image clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/.serve: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[serve]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.serve

run: $(VENV)/.serve ## install what serving needs and start on the shipped bundle
	SUQIU_PORT=$(PORT) $(BIN)/suqiu-serve

test: $(VENV)/.dev ## install what tests need and run them
	$(BIN)/python -m pytest

test-spark: $(VENV)/.dev ## install Spark (450 MB; Java 17 or 21 must be there) and run its tests
	$(BIN)/pip install --quiet --editable '.[dev,spark]'
	$(BIN)/python -m pytest tests/service/relabel/test_spark.py

check: $(VENV)/.dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy models service evaluation training tests
	$(BIN)/lint-imports

train-smoke: $(VENV)/.dev ## the whole pipeline on a handful of calls, in about a minute
	$(BIN)/python -m pytest tests/test_story.py tests/training/test_pipeline.py

evaluate: $(VENV)/.dev ## figures of the shipped bundle on DATA
	$(BIN)/suqiu-evaluate run --bundle models/store/default --data $(DATA)/tickets/annotated_dev.jsonl \
		--train $(DATA)/tickets/annotated_train.jsonl --out runs/evaluate
	$(BIN)/python -m evaluation.markdown runs/evaluate/report.json
	$(BIN)/python -m service.form.measure --calls $(DATA)/dialogues/calls_dev.jsonl --bundle models/store/default

bench: $(VENV)/.dev ## onnxruntime alone, the predictor and the service, side by side
	$(BIN)/suqiu-evaluate bench --bundle models/store/default --data $(DATA)/tickets/annotated_dev.jsonl --serve --relabel
	$(BIN)/suqiu-evaluate bench --bundle models/store/default --data $(DATA)/tickets/annotated_dev.jsonl --serve --latency
	$(BIN)/suqiu-evaluate stress --bundle models/store/default --data $(DATA)/tickets/annotated_dev.jsonl --out runs/stress

image: ## container image without torch; EXTRA=relabel for one that takes jobs
	docker build --build-arg EXTRA=$(or $(EXTRA),serve) --tag suqiu:latest .

clean: ## remove what these targets made
	rm -rf $(VENV) build dist *.egg-info
