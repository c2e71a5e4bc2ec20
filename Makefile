# Needs python3 >= 3.11 and make, nothing else: the first target makes .venv from requirements.lock.
PYTHON ?= python3
ARGS ?=
WAREHOUSE ?=
ABOUT ?=

BIN := .venv/bin
STAMP := .venv/.stamp
SOURCES := orchestration data_quality
SQL := dbt_project/models dbt_project/tests
# A process a core, and no more than four of them; ARGS="-n 0" runs the tests in one.
WORKERS := --numprocesses auto --maxprocesses 4

# No tool reports home; one OpenMP thread, since two on a loaded machine run 10-30 times slower.
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export OMP_NUM_THREADS := 1
# Kept bytecode saves two thirds of the import time of every later process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo check dev test test-fast bench oracle mutants docs lint fmt types imports sqllint definitions lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## Run the nightly pipeline once: load, build, check, score, publish
	@$(BIN)/tenure run $(ARGS)

demo: $(STAMP) ## Run the pipeline on a small simulated company
	@$(BIN)/tenure demo $(ARGS)

check: $(STAMP) ## Run the data checks only, publish nothing
	@$(BIN)/tenure check $(ARGS)

dev: $(STAMP) ## Start the Dagster web interface on 127.0.0.1:3000
	@home=$$($(BIN)/tenure prepare) && DAGSTER_HOME="$$home" $(BIN)/dagster dev --host 127.0.0.1 --port 3000 $(ARGS)

test: $(STAMP) ## Run the tests, several at once
	@$(BIN)/pytest $(WORKERS) $(ARGS)

test-fast: $(STAMP) ## Run the tests that need no warehouse
	@$(BIN)/pytest $(WORKERS) -m 'not slow' $(ARGS)

bench: $(STAMP) ## Measure, and write docs/benchmarks.md; ARGS="nightly --size 20m" for one of them
	@$(BIN)/python -m tests.benchmarks $(ARGS)

oracle: $(STAMP) ## Compare the marts with the independent model on many random companies; ORACLE_COMPANIES=20000 for more
	@ORACLE_COMPANIES=$${ORACLE_COMPANIES:-2000} $(BIN)/pytest tests/oracle $(ARGS)

mutants: $(STAMP) ## Plant faults one at a time and see a proof catch each; ARGS=--write writes docs/proofs.md
	@$(BIN)/python -m tests.mutation $(ARGS)

docs: $(STAMP) .venv/.docs ## Write the generated pages and draw the plots; WAREHOUSE=data/warehouse/tenure.duckdb reads their rows anew
	@$(BIN)/python -m orchestration.reporting.metric_pages
	@$(BIN)/python -m tests.benchmarks table
	@$(if $(WAREHOUSE),$(BIN)/python -m orchestration.reporting.plots $(WAREHOUSE) --about "$(ABOUT)")
	@$(BIN)/python -m orchestration.reporting.plots.rendering

lint: $(STAMP) ## Check the style of the Python code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

fmt: $(STAMP) ## Rewrite the Python code in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(STAMP) ## Check the types of the packages
	@$(BIN)/mypy

imports: $(STAMP) ## Check that data and imports flow one way
	@$(BIN)/lint-imports --no-logo

sqllint: $(STAMP) ## Check the style of the models
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar $(SQL)

definitions: $(STAMP) ## Check that the Dagster definitions load
	@home=$$($(BIN)/tenure prepare) && DAGSTER_HOME="$$home" PYTHONWARNINGS=ignore $(BIN)/dagster definitions validate --log-level warning

lock: $(STAMP) ## Resolve requirements.lock anew; ARGS=--upgrade takes newer versions
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --custom-compile-command 'make lock' --quiet -o requirements.lock $(ARGS)
	@$(BIN)/uv pip compile --group docs --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command 'make lock' --quiet -o requirements-docs.lock $(ARGS)

clean: ## Remove the environment, caches and dbt's artifacts; data/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs in seconds; plain pip is the fallback. Both take the hashed files of the lock and nothing else.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Tenure needs Python 3.11 or newer; '$(PYTHON)' is missing or older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Making .venv from requirements.lock ..." >&2
	@$(PYTHON) -m venv .venv
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	@{ $(BIN)/pip install --quiet --require-hashes --requirement .venv/uv.txt \
		&& $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python --requirement requirements.lock; } \
		|| $(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

# What draws the plots is added to the environment when they are drawn.
.venv/.docs: requirements-docs.lock $(STAMP)
	@$(BIN)/pip install --quiet --require-hashes --requirement requirements-docs.lock
	@touch $@
