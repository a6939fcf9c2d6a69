# Everything that a person does with a clone of this project. `make` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# How many processes share the tests; 0 for one that a debugger can stop. A process takes up to 2.2 GiB of memory.
TEST_PROCESSES ?= 3
BENCHMARK_ARGS ?=
FUZZ_SECONDS ?= 60
READERS ?=
RECIPE_ARGS ?=
MODULES ?=
# The index's build for Linux brings several GB of CUDA libraries. Where you have a smaller one, name it: make bench TORCH=...
TORCH ?= torch

# Caches stay inside the clone, so that a read-only home directory is no obstacle.
export MPLCONFIGDIR ?= $(CURDIR)/.cache/matplotlib

# `pip install -e .` brings a JAX for the CPU. Without this line JAX looks for accelerators and warns of those that it
# cannot use. On a machine with jax[cuda12] installed: make demo JAX_PLATFORMS=cuda. `bench` always looks.
JAX_PLATFORMS ?= cpu
demo test test-slow test-all coverage search machines fuzz wheel-test: export JAX_PLATFORMS := $(JAX_PLATFORMS)

# The tests of a file go to one process, those of the browser too (tests/conftest.py), in the order in which they stand.
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder

# An installed extra is a file in the environment, newer than pyproject.toml: a second `make` has nothing to do.
PLAIN := $(VENV)/.installed-plain
NOTEBOOKS := $(VENV)/.installed-jupyter,core,fast
BENCHMARKS := $(VENV)/.installed-benchmarks
DOCS := $(VENV)/.installed-docs
DEV := $(VENV)/.installed-dev
RECIPE := $(VENV)/.installed-recipe
VOILA := .venv-voila/.installed

.PHONY: help
help: ## List the targets
	@echo "usage: make TARGET [PYTHON=python3.12]"
	@awk 'BEGIN { FS = ":.*## " } /^[a-z][a-z-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(PLAIN) ## Set up, classify the bundled sample core, leave pictures in demo-out/
	$(BIN)/corewidgets demo --out demo-out

.PHONY: venv
venv: $(PLAIN) ## Create .venv with what the package itself needs

.PHONY: setup
setup: $(DEV) ## Create .venv with everything for developing: tests, checks, Jupyter, Dask

.PHONY: jupyter
jupyter: $(NOTEBOOKS) ## Add JupyterLab to .venv, for: .venv/bin/corewidgets open core.jpg

.PHONY: lab
lab: $(NOTEBOOKS) ## Set up and open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

.PHONY: test
test: $(DEV) browser ## Set up and run the tests, but for slow ones; PYTEST_ARGS="-k legend" for some of them
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: $(DEV) $(VOILA) browser ## Run the slow tests: killed runs, notebooks, small screens, the published section
	$(PYTEST) -m slow $(PYTEST_ARGS)

.PHONY: test-all
test-all: $(DEV) $(VOILA) browser ## Run all tests, the slow ones among them
	$(PYTEST) $(PYTEST_ARGS)

.PHONY: coverage
coverage: $(DEV) ## Run quick tests without a browser; write the share of lines that they run into CONTRIBUTING.md
	$(PYTEST) -m "not slow and not browser" --cov=corewidgets --cov-report=html:out/coverage --cov-report=json:out/coverage.json $(PYTEST_ARGS)
	$(BIN)/python -m benchmarks.line_coverage out/coverage.json
	$(BIN)/python -m benchmarks.figures

.PHONY: test-lowest
test-lowest: $(DEV) ## Run the tests with the lowest versions that pyproject.toml allows, in .venv-lowest
	@scripts/create-venv.sh "$(PYTHON)" .venv-lowest
	@.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[test]'
	.venv-lowest/bin/python -m pytest -m "not slow and not browser" $(PYTEST_ARGS)

.PHONY: search
search: $(DEV) ## Look for examples that break a property, new ones each time and many: an hour or more
	HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -m hypothesis $(PYTEST_ARGS)

.PHONY: machines
machines: $(DEV) ## Let state machines of labels, files, sessions and runs take 10,000 random steps each
	HYPOTHESIS_PROFILE=machines $(BIN)/python -m pytest tests/machines $(PYTEST_ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## Give every reader files changed at random: FUZZ_SECONDS=600 for each, READERS="model session" for some
	cd tests && PYTHONPATH=. $(abspath $(BIN))/python -m fuzz $(READERS) --seconds $(FUZZ_SECONDS) --found ../fuzz-found

.PHONY: mutants
mutants: $(DEV) ## Change places of the modules that keep users' work, and see whether tests notice: an hour; MODULES="..."
	JAX_PLATFORMS=cpu $(BIN)/python tests/mutants.py $(MODULES)

.PHONY: browser
browser: ## Install Chromium for the browser tests, where this machine lets us
	@scripts/install-system-packages.sh chromium || echo "Continuing without Chromium: the browser tests will be skipped."

.PHONY: check
check: $(DEV) ## Lint, formatting, types, layers, size of files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/biome ci --error-on-warnings
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/check-file-sizes.sh

.PHONY: format
format: $(DEV) ## Let ruff and biome fix and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/biome check --write

.PHONY: docs
docs: $(DOCS) ## Run the notebooks and build the site in out/site; a warning is an error; DOCS_NOTEBOOKS=off for no run
	$(BIN)/python -m sphinx -W --keep-going -q -b html -c docs/site . out/site
	@echo "Open out/site/docs/site/index.html"

.PHONY: links
links: $(DOCS) ## Check the links of the site to other sites; says so and ends where there is no network
	@if $(BIN)/python -c 'import socket; socket.create_connection(("doi.org", 443), 20)' 2> /dev/null; then \
		DOCS_NOTEBOOKS=off $(BIN)/python -m sphinx -W --keep-going -q -b linkcheck -c docs/site . out/links; \
	else \
		echo "doi.org cannot be reached from here: links to other sites were not checked."; \
	fi

.PHONY: gallery
gallery: $(PLAIN) ## Run the code of docs/gallery.md and write its pictures
	$(BIN)/python scripts/make_gallery.py

.PHONY: pictures
pictures: $(DEV) browser ## Take the pictures of the tools in docs/images anew, on section 72-2 (COREWIDGETS_DATA): some minutes
	mkdir -p out/pictures
	COREWIDGETS_SCREENSHOTS=$(CURDIR)/out/pictures $(BIN)/python -m pytest tests/browser/test_published_section.py
	$(BIN)/python -m benchmarks.core_pictures
	$(BIN)/python -m benchmarks.outline_film
	for picture in out/pictures/*.jpg; do if [[ -e docs/images/$${picture##*/} ]]; then cp "$$picture" docs/images/; fi; done

.PHONY: bench
bench: $(BENCHMARKS) ## Measure the figures of README and docs, and write docs/figures.json
	$(BIN)/python -m benchmarks $(BENCHMARK_ARGS)

.PHONY: figures
figures: $(PLAIN) ## Write the figures of docs/figures.json into README and docs
	$(BIN)/python -m benchmarks.figures

.PHONY: wheel
wheel: $(DEV) ## Build dist/corewidgets-*.whl, the weights inside it
	$(BIN)/python -m build --wheel

.PHONY: sdist
sdist: $(DEV) ## Build dist/corewidgets-*.tar.gz, from which conda/recipe.yaml builds a conda package
	$(BIN)/python -m build --sdist

.PHONY: recipe-test
recipe-test: sdist $(RECIPE) ## Build the conda package of dist/, without conda's index; RECIPE_ARGS="--channel conda-forge" with it
	$(BIN)/python scripts/check_recipe.py $(RECIPE_ARGS)

.PHONY: wheel-test
wheel-test: $(DEV) ## Install the wheel in an environment of its own, run the README's example and the demo there
	scripts/check-wheel.sh "$(PYTHON)" $(BIN)/python

.PHONY: clean
clean: ## Remove what the other targets made, but for .venv
	rm -rf build dist out notebooks/out demo-out fuzz-found .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path './$(VENV)' -prune -o -name __pycache__ -type d -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove .venv as well, and what lies beside it
	rm -rf $(VENV) .venv-lowest .venv-voila

# `python` is a link whose age is that of the interpreter: it makes the extras install again only when it is made anew.
$(BIN)/python:
	@scripts/create-venv.sh "$(PYTHON)" "$(VENV)"

# The plain torch first: an installed one that satisfies pyproject.toml is kept when the extra is installed.
$(BENCHMARKS): EXTRA_PACKAGES := '$(TORCH)'

$(VENV)/.installed-%: pyproject.toml $(BIN)/python
	@echo "Installing corewidgets$(if $(filter plain,$*),,[$*]) into $(VENV): minutes the first time, silent unless it fails."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(EXTRA_PACKAGES) --editable '.$(if $(filter plain,$*),,[$*])'
	@touch $(PLAIN) $@

$(VOILA): $(DEV)
	@scripts/create-voila.sh $(BIN)/python .venv-voila
	@touch $@
