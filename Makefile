# Gatewatch: everything a developer or a newcomer types. `make` alone lists it.
# On Windows, where there is no make, README.md has the same commands for PowerShell.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help demo run test check format lock bench soak package clean
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[.a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"Gatewatch needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is {sys.version.split()[0]}: try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

# What the program needs, and the program itself: from the checkout, so that an edit counts at once.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/pyvenv.cfg
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

.venv: $(VENV)/.dev ## the environment of a developer

demo: $(VENV)/.runtime ## a sandbox gateway and the window, signed in
	$(BIN)/gatewatch demo

run: $(VENV)/.runtime ## the window
	$(BIN)/gatewatch

test: $(VENV)/.dev ## all tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.dev ## style, types, import directions, fresh locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python packaging/lock.py check

format: $(VENV)/.dev ## rewrite the sources as `make check` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate

lock: $(VENV)/pyvenv.cfg ## make the locks anew after a change of dependencies
	@test -x $(BIN)/uv || $(PIP) install uv
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock
	$(BIN)/python packaging/lock.py write

bench: $(VENV)/.dev ## measure the budgets, each beside its peer
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(VENV)/.dev ## ten minutes of misbehaving connections and expiring tokens
	$(BIN)/python -m benchmarks.soak $(SOAK)

package: $(VENV)/.dev ## the program as one folder: dist/gatewatch
	$(BIN)/python -m PyInstaller --noconfirm --clean --log-level WARN --distpath dist --workpath build packaging/gatewatch.spec

clean: ## remove everything that make made
	rm -rf $(VENV) build dist tour .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find console tests benchmarks packaging -name __pycache__ -type d -prune -exec rm -rf {} +
