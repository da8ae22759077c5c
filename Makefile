# Each target makes what it needs: a fresh clone wants nothing but git, make and Python 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: test lint demo soak bench clean

test: lint  ## everything that must hold before a change lands
	$(BIN)/python -m pytest -n auto -m "not soak and not alone" --cov --cov-report=term $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m alone $(PYTEST_ARGS)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: $(VENV)/ready  ## the whole migration on three real servers, with one table at the end
	$(BIN)/migrate demo

soak: $(VENV)/ready  ## the slow tests
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/ready  ## ratios, each measured within one run, beside other tools; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks --write

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group dev
	touch $@

clean:
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .coverage
