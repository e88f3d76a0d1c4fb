PYTHON ?= .venv/bin/python

.PHONY: check lint types test recorded benchmarks soak

check: lint types test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

test:
	$(PYTHON) -m pytest

# Recorded runs and real data sets, which lie beside a checkout (SEEDBED_DATA names the folder)
recorded:
	$(PYTHON) -m pytest -m recorded

benchmarks:
	$(PYTHON) -m benchmarks.engine
	$(PYTHON) -m benchmarks.novelty
	$(PYTHON) -m benchmarks.minhash
	$(PYTHON) -m benchmarks.dedup
	$(PYTHON) -m benchmarks.against --records 100000
	$(PYTHON) -m benchmarks.client
	$(PYTHON) -m benchmarks.wall
	$(PYTHON) -m benchmarks.faults
	$(PYTHON) -m benchmarks.export

# 100,000 completions through the client: a few minutes
soak:
	$(PYTHON) -m benchmarks.soak
