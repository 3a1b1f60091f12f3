# Everything a newcomer needs: `make demo`, `make test`. Works on a fresh machine with Python >= 3.11.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Installing again is needed only when what is installed changed.
STAMP := $(VENV)/.installed-$(shell $(PYTHON) -c "import hashlib; print(hashlib.sha256(open('pyproject.toml', 'rb').read()).hexdigest()[:16])")

.PHONY: demo test bench lint fmt translations
.DEFAULT_GOAL := demo

$(STAMP):
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Accord needs Python 3.11 or newer')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	rm -f $(VENV)/.installed-*
	touch $@

demo: $(STAMP)
	@exec $(BIN)/accord demo

test: $(STAMP)
	@exec $(BIN)/python -m pytest $(ARGS)

bench: $(STAMP)
	@exec $(BIN)/python -m bench $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m foundation.web.translations --check

fmt: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(STAMP)
	$(BIN)/python -m foundation.web.translations
