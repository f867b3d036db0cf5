# Two commands are all a fresh Debian machine needs: `make exam` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
OUT ?= out

.PHONY: exam test lint bench kills docs clean tex

exam: $(VENV)/.installed
	$(BIN)/listok build examples/midterm.toml --roster examples/roster.csv --out $(OUT) --force

test: $(VENV)/.installed-test tex
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/variants.py
	$(BIN)/python benchmarks/exporting.py
	$(BIN)/python benchmarks/printing.py
	$(BIN)/python benchmarks/printing.py --memory

kills: $(VENV)/.installed tex
	$(BIN)/python tests/kills.py

docs: $(VENV)/.installed
	$(BIN)/python docs/generate.py

# TeX for the tests that print, a PDF reader for those that read the print. Already there: nothing to do.
tex:
	@command -v pdflatex >/dev/null && kpsewhich sfrm1000.pfb >/dev/null && kpsewhich booktabs.sty >/dev/null \
	  && command -v pdftotext >/dev/null || { \
	  $(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	  texlive-lang-cyrillic texlive-pictures cm-super-minimal poppler-utils; }

# Debian keeps venv in a package of its own; without it a virtual environment has no pip.
$(BIN)/pip:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/.installed: $(BIN)/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	touch $@

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
