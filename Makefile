# The two commands are `make run` and `make test`; both set up what they need and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Torch from another index, e.g. CPU-only wheels or another CUDA: make run TORCH_INDEX=URL
TORCH_INDEX ?=
TORCH := $(shell grep -o '^torch==[^ ]*' requirements.txt)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Where the server listens: make run PORT=8600
PORT ?= 8501
WORKERS ?= 2

.PHONY: run dev test test-fast test-gpu lint format types architecture browser clean

run: $(VENV)/.installed
	@exec $(BIN)/streamlit run app.py --server.port $(PORT)

# Reloads pages and components when they change. Edits to loupe/ need a restart: its models live there.
dev: $(VENV)/.installed
	@exec $(BIN)/streamlit run app.py --server.port $(PORT) --server.fileWatcherType auto \
		--server.runOnSave true --server.folderWatchBlacklist loupe

test: lint types architecture browser
	$(BIN)/python -m pytest -n $(WORKERS)

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) -m "not browser and not gpu and not slow" tests/unit tests/properties

test-gpu: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m gpu

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

architecture: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-cache

# A browser on the PATH is used; without one Playwright tries to fetch its own. A failure is no error
# here: the tests that need a browser then say so.
browser: $(VENV)/.installed-dev
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
		|| command -v google-chrome >/dev/null 2>&1 \
		|| timeout 300 $(BIN)/playwright install chromium >/dev/null 2>&1 \
		|| echo "No browser found: tests that need one will be skipped."

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: $(PYTHON) was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made. On Debian: apt install python3-venv"; exit 1; }

# A stamp for each index, so that another TORCH_INDEX installs torch again.
TORCH_STAMP := $(VENV)/.torch-$(subst /,_,$(subst :,_,$(TORCH_INDEX)))

# Torch first and by itself: without it, a package that needs any torch would choose another build.
$(TORCH_STAMP): | $(VENV)/bin/python
	@echo "Installing torch into $(VENV) (once; it is large)..."
	$(PIP) $(TORCH) $(if $(TORCH_INDEX),--force-reinstall --index-url $(TORCH_INDEX))
	@rm -f $(VENV)/.torch-*
	@touch $@

$(VENV)/.installed: requirements.txt $(if $(TORCH_INDEX),$(TORCH_STAMP)) | $(VENV)/bin/python
	@if ! $(BIN)/python -m pip show --quiet torch 2>/dev/null; then $(MAKE) $(TORCH_STAMP); fi
	@echo "Installing what Loupe needs into $(VENV) (once)..."
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) -r requirements-dev.txt
	@touch $@
