# One file of commands; continuous integration calls the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait more than they compute: two processes for each processor.
JOBS ?= $(shell echo $$((2 * $$(nproc))))
COVERAGE ?= --cov --cov-report=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo install compile dev hooks test test-unit reading-place coverage mutation lint bench-deps lock clean

demo: compile
	@echo "Starting Stop Press …"
	@exec $(BIN)/stoppress demo $(DEMO)

install: $(VENV)/.installed

$(VENV)/.installed: requirements/runtime.lock pyproject.toml
	@echo "Installing Stop Press into $(VENV), once: a minute or two …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --verbose install --require-hashes --only-binary :all: -r requirements/runtime.lock
	@echo "Installing the program itself …"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

compile: install # once, and not at every start: an environment may keep Python from writing it down by itself
	@echo "Compiling …"
	@$(BIN)/python -m compileall -q src

dev: $(VENV)/.dev

$(VENV)/.dev: $(VENV)/.installed requirements/dev.lock
	@echo "Installing the tools for development into $(VENV) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.lock
	@touch $@

test: dev compile
	@$(BIN)/python -m tests.support.system_packages
	@$(BIN)/python -m pytest --numprocesses $(JOBS) $(COVERAGE) $(ARGS)
	@$(if $(COVERAGE),$(BIN)/python -m tests.support.coverage_report)

test-unit: dev # neither root nor Debian packages are needed
	@$(BIN)/python -m pytest --numprocesses $(JOBS) tests/unit $(ARGS)

reading-place: dev # 10,000 changes of an open page in three browsers: about ten minutes
	@$(BIN)/python -m tests.support.system_packages
	@READING_PLACE_CHANGES=10000 $(BIN)/python -m pytest -n0 --no-cov -s --timeout 7200 tests/flow/test_reading_place.py

coverage: dev
	@$(BIN)/python -m tests.support.coverage_report --write

SAMPLE ?= 40
SEED ?= 1
mutation: dev compile # each fault takes up to some minutes; the first run records which test reaches which line
	@$(BIN)/python -m tests.mutation --sample $(SAMPLE) --seed $(SEED) $(ARGS)

hooks: dev
	@$(BIN)/pre-commit install

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.checks.templates
	@$(BIN)/python -m tests.checks.prose
	@$(BIN)/python -m tests.checks.catalogues check

bench-deps:
	@$(PYTHON) -m tests.support.system_packages nginx libnginx-mod-nchan wrk postfix

lock:
	@uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
		--no-header --no-annotate --quiet --output-file requirements/runtime.lock
	@uv pip compile pyproject.toml --extra dev --constraint requirements/runtime.lock --universal --generate-hashes \
		--python-version 3.11 --no-header --no-annotate --quiet --output-file requirements/dev.lock

clean:
	@rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
