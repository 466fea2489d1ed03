# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

# Where the kernel allows it, a command runs without any network.
OFFLINE := $(shell unshare -rn true 2>/dev/null && echo unshare -rn)
SUDO    := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.DEFAULT_GOAL := help
.PHONY: help setup demo test fuzz browser java postgres lint docs reference wheel-test bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/.runtime $(VENV)/.development  ## the environment in .venv, with everything to develop

demo: $(VENV)/.runtime  ## a synthetic city, its ledger, its findings and the report, in ./demo
	$(BIN)/yibao demo --out demo

# As many processes as cores: each computes with one thread, or they wait for each other.
test: export YIBAO_THREADS = 1
test: export OMP_NUM_THREADS = 1
test: setup browser java postgres  ## every test, those of the browser, of Spark and of PostgreSQL included
	$(BIN)/python -m pytest -n $(JOBS)

SECONDS ?= 60
FUZZ    ?=

fuzz: setup  ## fuzz the parsers guided by coverage, SECONDS each (FUZZ="fhir x12" for some of them)
	$(BIN)/python -m tests.fuzz $(FUZZ) --seconds $(SECONDS)

lint: setup  ## style, formatting, types, and arrows between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup  ## the manual in docs/_build/html; a warning is an error
	$(BIN)/python -m yibao.cli.document --check
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

reference: setup  ## rewrite the generated reference pages, typed modules and DDL
	$(BIN)/python -m yibao.cli.document

# The wheel and all it needs are collected first; from then on no network is used.
wheel-test: $(VENV)/.runtime  ## build the wheel, install it into an empty environment without network, use it there
	rm -rf build/wheels build/empty
	$(BIN)/python -m pip wheel --quiet --wheel-dir build/wheels .
	$(PYTHON) -m venv build/empty
	$(OFFLINE) build/empty/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-index --find-links build/wheels yibao
	cd build/empty && $(OFFLINE) bin/yibao demo --persons 2000 --out demo
	cd build/empty && $(OFFLINE) bin/yibao law test

BENCHMARKS ?= ingest slice rules check-order

bench: $(VENV)/.runtime  ## the speed benchmarks, each beside its limit
	@for name in $(BENCHMARKS); do $(BIN)/yibao bench $$name || exit 1; done

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist demo docs/_build

$(VENV)/.runtime: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --group test --group lint --group docs
	@touch $@

# $(call install,what needs them,missing packages of Debian): install them where that can be done, else name them.
define install
	if command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] || [ -n "$(SUDO)" ]; }; then \
		echo "installing" $(2); \
		$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qq -y --no-install-recommends $(2) >/dev/null \
		&& exit 0; \
	fi; \
	echo "$(1) need:" $(2); \
	echo "They could not be installed here. Install them and run 'make test' again."; \
	exit 1
endef

# Browser tests drive Debian's chromium and need a Chinese font. Elsewhere install both by your system's means.
browser:
	@missing=""; \
	command -v chromium >/dev/null || missing="chromium"; \
	fc-list :lang=zh 2>/dev/null | grep -q . || missing="$$missing fonts-noto-cjk"; \
	[ -z "$$missing" ] && exit 0; \
	$(call install,The browser tests,$$missing)

# Tests of the registry start a PostgreSQL server of their own.
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0; \
	$(call install,The tests of the registry,postgresql)

# Spark runs on Java 17 or newer.
java:
	@command -v java >/dev/null && exit 0; \
	$(call install,The tests of Spark,default-jre-headless)
