# One environment, made when it is missing or when the pins change. `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin

# Most tests wait for something most of the time. Those that measure time, processors or memory take turns, in the
# company of one other at most, and of those that give way (nice). Those of the language change what its modules are for
# the whole process, which is theirs alone.
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile --no-loadscope-reorder
TAKE_TURNS := tests/repy
NODES := tests/node
ALONE := tests/walls tests/escapes tests/language tests/fuzz tests/lib
BESIDE := tests/examples tests/devkit tests/docs tests/packaging

.DEFAULT_GOAL := help
.PHONY: help demo test taking-turns on-postgresql alone beside nodes walls soak coverage lint format bench docs release peers screenshots pins clean

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/package ## a whole testbed on this machine: a program on many nodes, and its result
	@$(BIN)/seattle demo

test: .venv/dev lint ## every check: lint, types, import contracts, tests
	$(BIN)/python -m pytest $(PYTEST) $(SIDE_BY_SIDE) $(patsubst %,--ignore=%,$(TAKE_TURNS) $(NODES) $(ALONE) $(BESIDE))
	@$(MAKE) --jobs 3 --output-sync --no-print-directory taking-turns nodes alone beside on-postgresql

taking-turns: .venv/dev
	$(BIN)/python -m pytest $(PYTEST) $(TAKE_TURNS)

nodes: .venv/dev
	$(BIN)/python -m pytest $(PYTEST) $(NODES)

beside: .venv/dev
	nice -n 5 $(BIN)/python -m pytest $(PYTEST) $(SIDE_BY_SIDE) $(BESIDE)

alone: .venv/dev
	nice -n 5 $(BIN)/python -m pytest $(PYTEST) $(ALONE)

on-postgresql: .venv/dev # the site's tests, which ran on SQLite before
	SEATTLE_TEST_DATABASE=postgresql nice -n 5 $(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/clearinghouse

walls: .venv/dev ## attacks on the walls alone; what this machine can't try has failed
	$(BIN)/python -m pytest --no-skips tests/walls tests/escapes

soak: .venv/dev ## the long version of what `make test` does briefly: thousands of starts, stops and attacks
	$(BIN)/python -m pytest -m soak

coverage: .venv/dev ## how much of the sandbox and of identity tests reach, by line and branch; takes Python 3.12 or later
	$(BIN)/python -m tests.coverage src/seattle/identity src/seattle/repy -- -q \
	  tests/identity tests/repy tests/walls tests/escapes tests/language

lint: .venv/dev ## ruff, mypy (strict), import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev ## rewrite the code in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## measure us beside a peer, in one run
	@$(BIN)/python -m compileall -q src  # as pip does with a package that is not editable
	@$(MAKE) --no-print-directory peers || echo 'note: without those tools; the rows say which are missing' >&2
	$(BIN)/python -m benchmarks

peers: .peers/ready ## install the tools of others that `make bench` measures us beside

docs: .venv/dev ## the documentation as a site in build/docs; a link that leads nowhere is an error
	$(BIN)/python -m docs.site.seattlelib
	$(BIN)/python -m docs.site.trusted_code
	$(BIN)/python -m docs.site.attacks
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

screenshots: .venv/dev ## pictures of every page of the site in build/screenshots: wide and narrow, light and dark
	SEATTLE_SCREENSHOTS=build/screenshots $(BIN)/python -m pytest tests/clearinghouse/test_clearinghouse_browser.py tests/clearinghouse/test_clearinghouse_builder_browser.py -k looked_at

# Each Python that a donor may have, on each kind of machine, and wheels that need no newer system than these.
PYTHONS := 311 312 313
MACHINES := x86_64 aarch64
SYSTEMS := manylinux_2_28 manylinux_2_17 manylinux2014 manylinux_2_12 manylinux2010

release: .venv/dev ## in dist/: wheel, sdist, the bundle for nodes, its bill of materials, and what all of them hash to
	rm -rf dist build/wheels
	$(BIN)/python -m build --no-isolation --outdir dist
	@set -e; for python in $(PYTHONS); do for machine in $(MACHINES); do \
	  echo "wheels for Python $$python on $$machine"; \
	  $(BIN)/python -m pip download --quiet --require-hashes --only-binary :all: --dest build/wheels \
	    --implementation cp --python-version $$python --abi cp$$python --abi abi3 --abi none \
	    $$(for system in $(SYSTEMS); do echo --platform $${system}_$$machine; done) -r requirements/node.txt; done; done
	cp dist/*.whl build/wheels
	$(BIN)/seattle installer bundle build/wheels dist/seattle.bundle
	$(BIN)/cyclonedx-py requirements requirements/node.txt --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file dist/seattle.cdx.json
	cd dist && sha256sum seattle* >SHA256SUMS

pins: .venv/dev ## resolve requirements/*.in anew
	cd requirements && for name in pip run node dev peers; do \
	  ../$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --strip-extras --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host $$name.in --output-file $$name.txt; done

clean: ## remove the environment and all caches
	rm -rf .venv .peers dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/run: requirements/pip.txt requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("error: Python 3.11 or later is needed; name one with make PYTHON=...")'
	@echo 'Installing what Seattle needs into .venv; on a slow line this takes some minutes.'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/pip.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	@touch $@

.venv/package: .venv/run pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/package .venv/wheels requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# What the bundle of a release is made of: fetched once, so that no test needs anybody else's computer.
.venv/wheels: .venv/run requirements/node.txt
	$(BIN)/python -m pip download --quiet --require-hashes --only-binary :all: --dest $@ -r requirements/node.txt
	@touch $@

.peers/ready: requirements/pip.txt requirements/peers.txt
	$(PYTHON) -m venv --clear .peers
	.peers/bin/python -m pip install --quiet --require-hashes -r requirements/pip.txt
	.peers/bin/python -m pip install --quiet --require-hashes -r requirements/peers.txt
	@touch $@
