# The README's commands. All use .venv, which `make env` creates from the lock.
.PHONY: help env run test test-long test-slurm lint docs bench lock env-bench env-tensorflow
.DEFAULT_GOAL := help

PYTHON ?= python3
ACTIVATE := . .venv/bin/activate &&

# $(call install,PYTHON,OPTIONS): uv takes a third of pip's time. pip is used if uv is missing or fails,
# and if an index is set for pip only, because uv does not read pip's settings. Byte code is compiled
# now: with PYTHONDONTWRITEBYTECODE, each job would compile all of torch again.
define install
	@if [ -x .venv/bin/uv ] && { [ -n "$$UV_DEFAULT_INDEX$$UV_INDEX_URL" ] || \
	    ! $(1) -m pip config list | grep -q '\.index-url='; } && \
	  .venv/bin/uv pip install --quiet --compile-bytecode --python $(1) $(2); then :; \
	else echo "pip installs the packages, which takes some minutes."; $(1) -m pip install $(2); fi
endef

help:  ## Show this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/complete  ## Create the environment in .venv from the lock.

# `complete` is written last: an interrupted installation is started again.
.venv/complete: requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version + ". Name another: make env PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@echo "Installing the packages of requirements.lock into .venv: about 3 GB."
	-.venv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	$(call install,.venv/bin/python,--require-hashes -r requirements.lock)
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# At most one job for each core, and no more jobs than fit into the machine's memory.
MEMORY = $$(python -c 'from triptych.system.memory import usable_memory; print(usable_memory() // 10**6)')

run: env  ## Make every table and figure of the default scale, smoke.
	$(ACTIVATE) snakemake --cores all --resources mem_mb=$(MEMORY)

test: env env-bench  ## Run every test.
	$(ACTIVATE) pytest -n 2

test-long: env  ## Run the long tests: 20 kills at random moments, 2,000 simulated comparisons.
	$(ACTIVATE) pytest -m long -s

# Checks first that the machine is disposable, before anything is installed.
test-slurm:  ## Run scale tiny on a new SLURM, on a disposable machine (Debian, root).
	@echo "This installs slurm-wlm and munge with apt-get, writes /etc/slurm/slurm.conf and gres.conf, runs"
	@echo "SLURM's daemons as root for up to half an hour, then stops them and removes the two files."
	@echo "The packages stay. Use this only on a machine that you can throw away."
	@test "$(DISPOSABLE)" = yes || { echo "Nothing was done. On a disposable machine: make test-slurm DISPOSABLE=yes"; exit 1; }
	@test "$$(id -u)" = 0 || { echo "Nothing was done: this needs root."; exit 1; }
	$(MAKE) env
	apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge
	$(ACTIVATE) TRIPTYCH_SLURM=1 pytest tests/slurm

lint: env  ## Check style, types and rules.
	$(ACTIVATE) ruff check . && ruff format --check . && mypy && snakefmt --check Snakefile workflow && snakemake --lint

docs: env  ## Regenerate the derived parts of the documentation.
	$(ACTIVATE) python docs/generate.py

bench: env env-bench  ## Compare the speed with peers; writes benchmarks/README.md.
	$(ACTIVATE) python -m benchmarks

lock:  ## Resolve the dependencies again (needs uv); names, versions and hashes only.
	uv pip compile requirements-uv.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements-uv.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements.lock

env-bench: .venv-bench/complete  ## Install the peers for `make bench` and the tests.

.venv-bench/complete: requirements-bench.lock | .venv/complete
	$(call install,.venv/bin/python,--target .venv-bench --upgrade --no-deps --require-hashes -r requirements-bench.lock)
	touch $@

env-tensorflow: .venv-tensorflow/complete  ## Create the environment that reads the released checkpoints (scale paper).

.venv-tensorflow/complete: requirements-tensorflow.lock | .venv/complete
	$(PYTHON) -m venv .venv-tensorflow
	$(call install,.venv-tensorflow/bin/python,--require-hashes -r requirements-tensorflow.lock)
	touch $@
