# Everything a newcomer needs: `make demo`, `make test`. Works on a fresh machine with Python >= 3.11.

# A distribution's own Python is compiled with profiles of real programs: a tenth less work in every call than one that a
# version manager compiled without. It is taken where it is new enough and can make environments.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
BASE := $(shell $(PYTHON) -c 'import sys; print(sys.base_prefix)' 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
# Installed again only when what is installed, or from where, changed.
KEY := $(shell { pwd; $(PYTHON) -V; cat pyproject.toml; } 2>&1 | cksum | tr -d ' ')
RUNS := $(VENV)/.runs-$(KEY)
TESTS := $(VENV)/.tests-$(KEY)

.PHONY: demo test coverage bench lint fmt translations
.DEFAULT_GOAL := demo

define install
@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Accord needs Python 3.11 or newer')"
@$(BIN)/python -c "import sys; sys.exit(sys.base_prefix != '$(BASE)')" 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
@echo "installing in $(VENV) ..." >&2
@$(BIN)/python -m pip install --disable-pip-version-check -qq --editable "$(1)"
endef

$(RUNS):
	$(call install,.)
	@rm -f $(VENV)/.runs-* $(VENV)/.tests-*
	@touch $@

$(TESTS):
	$(call install,.[test])
	@rm -f $(VENV)/.runs-* $(VENV)/.tests-*
	@touch $(RUNS) $@

# The server, the sample app and seeded people; Ctrl-C ends it.
demo: $(RUNS)
	@exec $(BIN)/accord demo

# ARGS goes to pytest: make test ARGS="tests/keys -x -n 0"
test: $(TESTS)
	@exec $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

coverage: $(TESTS)
	@exec $(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: $(TESTS)
	@$(BIN)/python -m bench $(ARGS)
	@exec $(BIN)/python -m bench.revoking

lint: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m foundation.web.translations --check

fmt: $(TESTS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(TESTS)
	$(BIN)/python -m foundation.web.translations
