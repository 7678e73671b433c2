# Each target does all of its own set-up on a machine that has python3, make and the package
# registries; a second call does no set-up again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test fuzz bench screenshots clean

run: $(VENV)/run.done
	$(BIN)/streamlit run app.py --server.showEmailPrompt false

test: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile

fuzz: $(VENV)/test.done
	$(BIN)/python -m tests.fuzz --count 10000

bench: $(VENV)/test.done
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/test.done
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV)

$(VENV)/run.done: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "CNNViz needs Python 3.11 or newer; set PYTHON to one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test.done: $(VENV)/run.done requirements-dev.txt tests/find_chromium.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python tests/find_chromium.py --install
	touch $@
