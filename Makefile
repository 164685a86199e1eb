# What a person, or a machine, does with this house. Works with GNU make 3.81, which is what macOS has.

PYTHON ?= python3
PYTHON_BIN := .venv/bin
PY := $(PYTHON_BIN)/python
READY := .venv/.ready
EMBEDDED := env -u DATABASE_URL -u CELERY_BROKER_URL -u CACHE_URL
# Nothing that these commands do touches a database or a cache; the addresses only keep them from making files.
CHECKING := env DEMO=1 DATABASE_URL=sqlite://:memory: CACHE_URL=redis://127.0.0.1:6379/15
COMPILE := $(PYTHON_BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate

DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/countersign
CELERY_BROKER_URL ?= redis://127.0.0.1:6379/14
CACHE_URL ?= redis://127.0.0.1:6379/15
SERVERS := env DATABASE_URL=$(DATABASE_URL) CELERY_BROKER_URL=$(CELERY_BROKER_URL) CACHE_URL=$(CACHE_URL)

.PHONY: help demo demo-check test check bench faults attack pictures fmt lock clean
.NOTPARALLEL:

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## The whole house on this machine: http://localhost:8000 (OPTIONS="--free-ports" where a port is taken)
	@env DEMO=1 $(PY) manage.py demo $(OPTIONS)

demo-check: $(READY) ## Plays the main job over HTTP against real processes, on SQLite (MATRIX=full: PostgreSQL + Redis too)
	@$(EMBEDDED) DEMO=1 $(PY) manage.py demo_check
ifeq ($(MATRIX),full)
	@$(SERVERS) DEMO=1 $(PY) manage.py demo_check
endif

# What Python compiled of the libraries is kept even where a machine's image forbids it: these commands start it many times.
export PYTHONDONTWRITEBYTECODE :=

# A worker for each core. Each gets two of Redis' sixteen databases; one by one, none gets far ahead at the end.
BESIDE := -n auto --maxprocesses 8 --maxschedchunk 1

# The two longest are left to the full matrix, which is what CI runs.
QUICK := $(if $(filter full,$(MATRIX)),,-m "not slow")

# What people and machines do, played on PostgreSQL in its roles, and there only so.
IN_ROLES := $(addprefix tests/,test_access.py test_stories.py test_stories_of_approval.py funding signing_in $(patsubst %,operations/test_%.py,\
  main_job exceptions stops restored breaker bulk maintenance resolution resubmission probe assignment bundles bundle_pages bundles_in_the_queue signed_votes))

test: $(READY) ## The tests on SQLite, side by side (MATRIX=full: every one, and what is stored again on PostgreSQL + Redis; ARGS="-k name" to choose, ARGS=-n0 for one by one)
	$(EMBEDDED) $(PY) -m pytest $(BESIDE) $(QUICK) $(ARGS)
ifeq ($(MATRIX),full)
	$(SERVERS) $(PY) -m pytest $(BESIDE) -m "(django_db and not browser) or smoke" $(addprefix --ignore=,$(IN_ROLES)) $(ARGS)
	$(SERVERS) $(PY) -m pytest $(BESIDE) -m "django_db and not browser" --in-roles $(IN_ROLES)
endif

check: $(READY) ## Everything that can be said without running a test, cheapest first
	$(PYTHON_BIN)/ruff check .
	$(PYTHON_BIN)/ruff format --check .
	$(PY) .ci/locks.py
	$(PY) .ci/house.py
	$(PYTHON_BIN)/djlint --quiet --lint templates
	$(CHECKING) $(PYTHON_BIN)/lint-imports --no-logo
	$(CHECKING) $(PY) manage.py makemigrations --check --dry-run
	$(CHECKING) $(PY) manage.py diagram --check
	env -i PATH="$$PATH" $$(grep -v '^#' .ci/production.env) $(PY) manage.py check --deploy --fail-level WARNING
	$(CHECKING) $(PYTHON_BIN)/mypy .

bench: $(READY) ## Measures against a reference in the same run (ONLY=task for one area, BENCH=full, PROFILE=1: docs/bench.md)
	@$(PY) -m bench

faults: $(READY) ## Operations under faults and kills, then both books compared (N=1000, OWN=1, REDIS=down: docs/faults.md)
	@$(PY) -m bench.faults

attack: $(READY) .venv-attack/.ready .venv-scanner/.ready ## Other people's tools on our code and on a demo of its own, a few minutes (SECONDS=180 for each: docs/attacks.md)
	@$(EMBEDDED) DEMO=1 $(PY) -m tests.attacking

# In an environment of their own: they want other versions of what the house runs on, and none of them is ever deployed.
.venv-attack/.ready: requirements-attack.lock
	@test -x .venv-attack/bin/python || $(PYTHON) -m venv .venv-attack
	@VIRTUAL_ENV=.venv-attack $(PYTHON_BIN)/uv pip sync -q --require-hashes requirements-attack.lock || \
	  .venv-attack/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-attack.lock
	@touch $@

# wapiti in one more: it pins libraries of which the other tools want newer ones.
.venv-scanner/.ready: requirements-scanner.lock
	@test -x .venv-scanner/bin/python || $(PYTHON) -m venv .venv-scanner
	@VIRTUAL_ENV=.venv-scanner $(PYTHON_BIN)/uv pip sync -q --require-hashes requirements-scanner.lock || \
	  .venv-scanner/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-scanner.lock
	@touch $@

pictures: $(READY) ## Makes docs/pictures/ anew from a demo of its own
	@$(EMBEDDED) DEMO=1 $(PY) -m tests.pictures

fmt: $(READY) ## Formats, and mends what ruff can mend
	$(PYTHON_BIN)/ruff check --fix .
	$(PYTHON_BIN)/ruff format .

lock: $(READY) ## Compiles the lock files after a change of dependencies
	$(COMPILE) --custom-compile-command "make lock, of dependencies $$($(PY) .ci/locks.py --digest)" \
	  pyproject.toml -o requirements.lock
	$(COMPILE) --custom-compile-command "make lock, of dependencies $$($(PY) .ci/locks.py --digest)" \
	  pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) --python-version 3.11 --custom-compile-command "make lock" tests/attacking/tools.in -o requirements-attack.lock
	$(COMPILE) --python-version 3.11 --custom-compile-command "make lock" tests/attacking/scanner.in -o requirements-scanner.lock

clean: ## Forgets the demo's data and every cache; the virtualenv stays
	rm -rf .data static-built test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# uv installs in a second what pip installs in half a minute, and is itself held by its hash. It does not read pip's
# own configuration: where only pip knows the way to the packages, pip does it.
$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Countersign needs Python 3.11 or newer as $(PYTHON); say for instance: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtualenvs here; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(PY) || { echo "Making .venv, once ..."; $(PYTHON) -m venv .venv; }
	@awk '/^[A-Za-z0-9]/ { wanted = /^uv==/ } wanted' requirements-dev.lock > .venv/uv.lock
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@VIRTUAL_ENV=.venv $(PYTHON_BIN)/uv pip sync -q --require-hashes requirements-dev.lock || \
	  $(PY) -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
