# Each target does all of its own set-up on a machine that has python3, make and the package
# registries; a second call does no set-up again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

define STATIC
$(BIN)/ruff check .
$(BIN)/ruff format --check .
$(BIN)/mypy
$(BIN)/lint-imports
$(NPM) run --silent check
$(NPM) test --silent
endef
# where a command is missing: the package of Debian's that has it
define DEBIAN
@command -v $(1) >/dev/null || { apt-get update -qq; apt-get install -y -qq --no-install-recommends $(2); } || \
	{ echo "No $(1) could be installed; on Debian: apt-get install $(2)"; exit 1; }
endef
define SERVERS
$(call DEBIAN,nginx,nginx-light)
$(call DEBIAN,redis-server,redis-server)
@$(BIN)/python -c "import uvloop" 2>/dev/null || $(PIP) -c constraints.txt uvloop || \
	{ echo "No uvloop could be installed, which hosted replicas have; by pip: pip install uvloop"; exit 1; }
endef
NPM := PATH="$(abspath $(BIN)):$$PATH" npm
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run check static test test-all test-slow tests quick test-hosted test-webkit test-firefox load fuzz bench coverage-networks screenshots constraints clean

run: $(VENV)/run.done
	$(BIN)/python -m cnnviz run

check: $(VENV)/browser_side.done
	$(MAKE) --jobs 2 --no-print-directory static quick

quick:
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not exhaustive" tests cnnviz \
		--ignore=tests/app --ignore=tests/browser --ignore=tests/protocol --ignore=tests/hosted --ignore=tests/engines

# both at once: one has work where the other waits, for a browser or with a single process
test: $(VENV)/test.done $(VENV)/browser_side.done
	$(MAKE) --jobs 2 --no-print-directory static tests

# what a fixed choice of cases covers in `make test`, in all combinations; and what takes longest
test-all: export CNNVIZ_TEST_ALL = 1
test-all: test

# in Chromium, over a slow line: the parts of a page come one after the other, as on a busy machine
test-slow: export CNNVIZ_TEST_SLOW = 1
test-slow: $(VENV)/test.done $(VENV)/browser_side.done
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/browser

static:
	$(STATIC)

# three on two cores: while one waits for a browser or a server, the others compute
tests:
	$(BIN)/python -m pytest -n 3 --dist worksteal $(if $(CNNVIZ_TEST_ALL),,-m "not exhaustive") \
		--ignore=tests/hosted --ignore=tests/engines

test-hosted: $(VENV)/test.done
	$(SERVERS)
	$(call DEBIAN,systemd-analyze,systemd)
	$(BIN)/python -m pytest tests/hosted

# Safari's engine; Debian's own, as Playwright has it for few systems
test-webkit: $(VENV)/test.done
	$(call DEBIAN,WebKitWebDriver,webkit2gtk-driver)
	$(call DEBIAN,Xvfb,xvfb)
	$(BIN)/python -m pytest tests/engines -k webkit

# also Debian's own, for the same reason
test-firefox: $(VENV)/test.done
	$(call DEBIAN,firefox-esr,firefox-esr)
	$(BIN)/python -m pytest tests/engines -k firefox

# of less: make load LOAD="crowd kill --sessions 50"
load: $(VENV)/test.done
	$(SERVERS)
	$(BIN)/python -m tests.load $(LOAD)

fuzz: $(VENV)/test.done
	$(BIN)/python -m tests.fuzz --count 10000

# or some of it: make bench PARTS="lecture photographs"
bench: $(VENV)/test.done
	$(BIN)/python -m tests.bench $(PARTS)

coverage-networks: $(VENV)/test.done
	$(BIN)/python -m tests.coverage_networks
	$(BIN)/python -m tests.coverage.onnx_models $(EXPORTED)

screenshots: $(VENV)/test.done
	$(BIN)/python -m tests.screenshots

constraints: $(VENV)/check.done
	@(sed -n '/^#/p' constraints.txt; $(BIN)/python tests/constraints.py) > $(VENV)/constraints.txt
	mv $(VENV)/constraints.txt constraints.txt

clean:
	rm -rf $(VENV) node_modules

# the tested versions, or, where one of them cannot be had any more, what the requirements allow
define INSTALL
$(PIP) -c constraints.txt -r $(1) || $(PIP) -r $(1)
endef

$(VENV)/run.done: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "CNNViz needs Python 3.11 or newer; set PYTHON to one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(call INSTALL,requirements.txt)
	touch $@

$(VENV)/check.done: $(VENV)/run.done requirements-dev.txt
	$(call INSTALL,requirements-dev.txt)
	touch $@

# what checks and tests the JavaScript; Node itself is a package of Python's
$(VENV)/browser_side.done: $(VENV)/check.done package-lock.json
	$(NPM) ci --silent --ignore-scripts --no-audit --no-fund
	touch $@

$(VENV)/test.done: $(VENV)/check.done tests/find_chromium.py
	$(BIN)/python tests/find_chromium.py --install
	touch $@
