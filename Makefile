# The README's commands. Everything happens in .venv, made from the lock by `make env`.
.PHONY: help env run test test-long test-slurm lint docs bench lock env-bench env-tensorflow
.DEFAULT_GOAL := help

PYTHON ?= python3
ACTIVATE := . .venv/bin/activate &&

# $(call install,PYTHON,OPTIONS): uv takes a third of pip's time. pip does it where uv is not there or
# fails, and where an index is set for pip alone: uv does not read pip's settings. Byte code is
# compiled now: where PYTHONDONTWRITEBYTECODE is set, each job would compile all of torch again.
define install
	@if [ -x .venv/bin/uv ] && { [ -n "$$UV_DEFAULT_INDEX$$UV_INDEX_URL" ] || \
	    ! $(1) -m pip config list | grep -q '\.index-url='; } && \
	  .venv/bin/uv pip install --quiet --compile-bytecode --python $(1) $(2); then :; \
	else echo "pip installs the packages, which takes some minutes."; $(1) -m pip install $(2); fi
endef

help:  ## Show this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/complete  ## Make the environment in .venv from the lock.

# `complete` is written last: an environment that was cut short is made again.
.venv/complete: requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version + ". Name another: make env PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@echo "Installing the packages of requirements.lock into .venv: about 3 GB."
	-.venv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	$(call install,.venv/bin/python,--require-hashes -r requirements.lock)
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# As many jobs at a time as there are cores, and as their memory fits into the machine's.
MEMORY = $$(python -c 'from triptych.system.memory import usable_memory; print(usable_memory() // 10**6)')

run: env  ## Make every table and figure of the default scale, smoke.
	$(ACTIVATE) snakemake --cores all --resources mem_mb=$(MEMORY)

test: env env-bench  ## Run every test.
	$(ACTIVATE) pytest -n 2

test-long: env  ## Run the long tests: 20 kills at random moments.
	$(ACTIVATE) pytest -m long -s

# Nothing is done, not even the environment made, before the machine is given.
test-slurm:  ## Run scale tiny on a SLURM of its own, on a disposable machine (Debian, root).
	@echo "This installs slurm-wlm and munge with apt-get, writes /etc/slurm/slurm.conf and gres.conf, runs"
	@echo "SLURM's daemons as root for up to half an hour, then stops them and removes the two files."
	@echo "The packages stay. Only for a machine that can be thrown away afterwards."
	@test "$(DISPOSABLE)" = yes || { echo "Nothing was done. If this machine is one: make test-slurm DISPOSABLE=yes"; exit 1; }
	@test "$$(id -u)" = 0 || { echo "Nothing was done: this needs root."; exit 1; }
	$(MAKE) env
	apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge
	$(ACTIVATE) TRIPTYCH_SLURM=1 pytest tests/slurm

lint: env  ## Check style, types and rules.
	$(ACTIVATE) ruff check . && ruff format --check . && mypy && snakefmt --check Snakefile workflow && snakemake --lint

docs: env  ## Write what of the documentation follows from code and data.
	$(ACTIVATE) python docs/generate.py

bench: env env-bench  ## Measure against peers; writes benchmarks/README.md.
	$(ACTIVATE) python -m benchmarks

lock:  ## Resolve the dependencies anew (needs uv); names, versions and hashes only.
	uv pip compile requirements-uv.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements-uv.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements.lock

env-bench: .venv-bench/complete  ## Add the peers that `make bench` and the tests compare with.

.venv-bench/complete: requirements-bench.lock | .venv/complete
	$(call install,.venv/bin/python,--target .venv-bench --upgrade --no-deps --require-hashes -r requirements-bench.lock)
	touch $@

env-tensorflow: .venv-tensorflow/complete  ## Make the environment that reads the released checkpoints (scale paper).

.venv-tensorflow/complete: requirements-tensorflow.lock | .venv/complete
	$(PYTHON) -m venv .venv-tensorflow
	$(call install,.venv-tensorflow/bin/python,--require-hashes -r requirements-tensorflow.lock)
	touch $@
