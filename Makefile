# All that is needed is make and Python 3.11 or newer; the first target you run sets up .venv, once.

PYTHONS = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
VENV = .venv/bin/python
READY = .venv/talos-gpu.stamp
JUDGES = .venv/judges.stamp
CONFORMANCE = $(VENV) -m pytest -c tests/conformance/pytest.ini tests/conformance
# A virtual environment knows where it lies and which Python it came from: made anew if either is gone.
GONE := $(shell test -x $(VENV) && { test ! -e $(READY) || test "$$(cat $(READY))" = "$(CURDIR)"; } || echo .venv)

.PHONY: help setup synth check test oracles conformance conformance-full conformance-record lint bench wheel lock schema docs clean .venv

help: ## list the targets (the default)
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

setup: $(READY) ## only set up .venv (every other target does so by itself)

synth: $(READY) ## render profiles/ into dist/
	@$(VENV) main.py synth

check: $(READY) ## say what in dist/ is not what profiles/ declare; write nothing
	@$(VENV) main.py synth --check

test: $(READY) ## run the tests
	@$(VENV) -m pytest

# The real tools, built once per version into a folder outside the tree (ORACLES_BIN names another one). Needs Go.
oracles: $(JUDGES) ## build the real tools that `make conformance` asks
	@PYTHONPATH=tests/oracles $(VENV) -m judge.build

conformance: oracles ## let the real tools judge dist/ and a matrix of profiles; prints a table
	@$(CONFORMANCE) --numprocesses 2

conformance-full: $(JUDGES) ## the same with the whole matrix and the slow tools
	@PYTHONPATH=tests/oracles $(VENV) -m judge.build --full
	@$(CONFORMANCE) --full --numprocesses 2

conformance-record: oracles ## ask the real tools, and write their answers to tests/golden/ for `make test`
	@$(CONFORMANCE) --record

lint: $(READY) ## ruff, mypy --strict, and the arrows of the house (import-linter)
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy --strict
	.venv/bin/lint-imports

bench: $(READY) ## measure speed and memory; prints one table
	@$(VENV) bench/bench.py

wheel: $(READY) ## build the wheel into build/wheel
	@rm -rf build/wheel
	@$(VENV) -m hatchling build --target wheel --directory build/wheel

# --python-version: the lock must hold from the oldest Python we support, whichever one is in .venv.
lock: $(READY) ## bring requirements.lock in step with pyproject.toml (newest versions: make lock UPGRADE=--upgrade)
	$(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(UPGRADE) --group dev pyproject.toml --output-file requirements.lock
	$(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(UPGRADE) --constraint requirements.lock --group conformance \
		--output-file tests/oracles/requirements.lock

schema: $(READY) ## generate profiles/schema.json, docs/review.schema.json and docs/upgrade.schema.json from the models
	@mkdir -p build docs
	@$(VENV) main.py schema > build/schema.json
	@$(VENV) main.py schema review > build/review.schema.json
	@$(VENV) main.py schema upgrade > build/upgrade.schema.json
	@mv build/schema.json profiles/schema.json
	@mv build/review.schema.json docs/review.schema.json
	@mv build/upgrade.schema.json docs/upgrade.schema.json

docs: $(READY) ## generate docs/ from the catalogue and the rules
	@mkdir -p build docs
	@$(VENV) main.py catalog page > build/compatibility.md
	@$(VENV) main.py rule --markdown > build/rules.md
	@mv build/compatibility.md build/rules.md docs/

clean: ## remove .venv, build/ and every tool's cache
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find constructs tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# The build backend comes from the lock too: nothing is fetched that the lock does not name with its hash.
$(READY): requirements.lock pyproject.toml $(GONE)
	@$(VENV) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo ".venv is there, but it is not a Python 3.11 or newer with pip: remove it (make clean) and try again." >&2; \
		exit 1; }
	@echo "Setting up .venv (once; again when requirements.lock or pyproject.toml change) ..." >&2
	@$(VENV) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(VENV) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > $@

$(JUDGES): $(READY) tests/oracles/requirements.lock
	@$(VENV) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/oracles/requirements.lock
	@touch $@

.venv:
	@for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "$$python cannot make a virtual environment: its modules venv and ensurepip are missing." \
				"Install them (Debian and Ubuntu: apt install python3-venv) and try again." >&2; \
			exit 1; }; \
		exec "$$python" -m venv --clear .venv; \
	done; \
	echo "talos-gpu needs Python 3.11 or newer; tried: $(PYTHONS)." \
		"Install one, or name it: make PYTHON=/path/to/python3." >&2; \
	exit 1
