# The one front door. `make help` lists what it opens; CI calls `make check`.
#
#   PYTHON=python3.12 make setup     another interpreter (3.11 or newer)
#   make test T=tests/unit/fund      a part of the tests
#   make test WORKERS=0              all tests in one process

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Without its bytecode each process of a test would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON  ?= python3
T       ?= tests
ONCE    ?=
QUICK   ?=
WHO     ?=
CORES   := $(shell getconf _NPROCESSORS_ONLN)
# Two for each core: many tests mostly wait.
WORKERS ?= $(shell echo $$((2 * $(CORES))))
# Not all of $(T): to collect everything for a handful takes longer than they do.
SERIAL   = $(if $(findstring ::,$(T)),$(T),$(shell grep -rl --include='test_*.py' \
           'mark\.serial' $(T)))
# What runs side by side says its piece in one piece, where make knows how (4.0).
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# `make serve CONFIG=…`; without it a throw-away set-up in var/ is made and used.
CONFIG  ?= var/my-archive/gateway.yaml

BIN  := .venv/bin
LOCK := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header --no-emit-index-url $(UPGRADE)
PIP  := $(BIN)/python -m pip --disable-pip-version-check --no-input

# What the `services` tests start for real. Debian's names; other systems differ.
DEBIAN_PACKAGES := nginx-light haproxy caddy wrk git cgit fcgiwrap kiwix-tools \
                   zim-tools debian-handbook curl wget apache2-bin \
                   nodejs node-express goaccess lynx w3m edbrowse \
                   httrack chromium poppler-utils

##@ Every day
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.setup ## Make .venv from the hash-locked requirements
	@echo ".venv is ready: $(BIN)/copyfair --help"

demo: .venv/.setup ## Play the story on loopback; ONCE=1 ends after it
	@$(BIN)/copyfair demo $(if $(ONCE),--once)

test: .venv/.dev ## Run all tests; T=tests/unit/fund chooses
	$(BIN)/pytest -m "not serial and not soak" -n $(WORKERS) \
	  --dist loadfile --no-loadscope-reorder $(T) || test $$? -eq 5
	$(if $(SERIAL),$(BIN)/pytest -m "serial and not soak" $(SERIAL) || test $$? -eq 5)

check: .venv/.dev ## Exactly what CI runs
	@$(MAKE) --no-print-directory -j$(CORES) $(TOGETHER) \
	  types collected peers lint floors policies
	@$(MAKE) --no-print-directory test

fix: .venv/.dev ## Format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

##@ The parts of check
lint: .venv/.dev ## ruff: format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.dev ## mypy --strict on gateway and tests
	$(BIN)/mypy gateway tests

floors: .venv/.dev ## Imports go down the stairs, or not at all
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/architecture/test_neighbours.py

policies: .venv/.setup ## Every policy loads; every policy case holds
	$(BIN)/copyfair policy check policies
	$(BIN)/copyfair policy test policies

# Before many processes read the tests, one does and keeps what it compiled.
collected: .venv/.dev
	@said=$$($(BIN)/pytest --collect-only -qq tests 2>&1) \
	  || { echo "$$said" >&2; exit 1; }

# Peers and clients that tests start, each in an environment of its own, in var/.
peers: .venv/.dev
	@$(BIN)/python -m tests.peers

docs: .venv/.dev ## Links hold, and every runnable block does what it says
	$(BIN)/pytest -q tests/docs

##@ Longer proofs
soak: .venv/.dev ## The long proofs at full count; hours, not minutes
	$(BIN)/pytest -m soak --timeout 0 $(T)

coverage: .venv/.dev ## Branch coverage of gateway/; COVERAGE_MIN=95 fails below
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -m "not soak" $(T)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under $(or $(COVERAGE_MIN),0)

ladder: .venv/.dev ## Climb the adversary ladder, and write docs/reference/ladder.md
	$(BIN)/python -m bench.ladder

bench: .venv/.dev ## Measure us and our peers in one run; QUICK=1 for a smoke
	$(BIN)/python -m bench $(if $(QUICK),--quick)

profile: .venv/.dev ## Say where the CPU goes; WHO=reader, known or metered
	$(BIN)/python -m bench.profiling --who $(or $(WHO),reader)

##@ Running it
serve: .venv/.setup ## Serve CONFIG, or a throw-away set-up in var/
	@test -e "$(CONFIG)" || $(BIN)/copyfair init "$(dir $(CONFIG))" \
	  --upstream http://127.0.0.1:8080 --public-url http://127.0.0.1:8700
	$(BIN)/copyfair serve --config "$(CONFIG)"

services: ## Install what `services` tests need (Debian, needs root)
	@command -v apt-get >/dev/null || { \
	  echo "make services knows Debian only. Please install: $(DEBIAN_PACKAGES)" >&2; \
	  exit 69; }
	@test "$$(id -u)" = 0 || { \
	  echo "make services needs root: sudo make services" >&2; exit 69; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	  --no-install-recommends $(DEBIAN_PACKAGES)

##@ Housekeeping
lock: .venv-lock/.done ## Renew requirements/*.txt; UPGRADE=--upgrade for newest
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra invoices \
	  -c requirements/runtime.txt -o requirements/invoices.txt
	$(LOCK) pyproject.toml --extra demo --extra invoices \
	  -c requirements/invoices.txt -o requirements/demo.txt
	$(LOCK) pyproject.toml --all-extras --group dev \
	  -c requirements/demo.txt -o requirements/dev.txt
	$(LOCK) requirements/build.in \
	  -c requirements/dev.txt -o requirements/build.txt
	for tool in clients mitmproxy profile redbot; do \
	  $(LOCK) requirements/tools-$$tool.in -o requirements/tools-$$tool.txt; done

clean: ## Remove what can be made again
	rm -rf .venv .venv-lock var build dist .coverage .coverage.* \
	  .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# What demo and invoices need, and the package itself, editable; no development tools.
.venv/.setup: requirements/demo.txt requirements/build.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no $(PYTHON) here; Python 3.11 or newer is needed." >&2; exit 69; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)." \
	       "Try: make setup PYTHON=python3.12" >&2; exit 69; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments (no ensurepip or venv)." \
	       "On Debian: apt-get install python3-venv" >&2; exit 69; }
	@echo "Making .venv (half a minute, once)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) -qq install --require-hashes -r requirements/demo.txt
	@$(PIP) -qq install --require-hashes -r requirements/build.txt
	@$(PIP) -qq install --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.setup requirements/dev.txt
	@echo "Adding the development tools to .venv" >&2
	@$(PIP) -qq install --no-compile --require-hashes -r requirements/dev.txt
	@touch $@

# uv resolves for every supported Python and system at once; pip cannot. It lives
# in an environment of its own, and nothing but `make lock` uses it.
.venv-lock/.done:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip -q --disable-pip-version-check install uv
	touch $@

.PHONY: help setup demo test check fix lint types floors policies collected peers \
  docs soak coverage bench ladder profile serve services lock clean
