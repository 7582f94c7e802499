# The README's commands. All use .venv, which `make env` creates from the lock.
.PHONY: help env bundle run test test-long test-slurm lint docs bench lock env-bench env-tensorflow
.DEFAULT_GOAL := help

PYTHON ?= python3
ACTIVATE := . .venv/bin/activate &&
# A folder that `make bundle` made on a machine with a network.
BUNDLE ?=
OFFLINE := $(if $(BUNDLE),--no-index --find-links "$$(cd "$(BUNDLE)" && pwd)/wheels")
# An index of packages that has builds of torch for the CPU.
TORCH_INDEX ?=
LOCK := $(if $(TORCH_INDEX),requirements-cpu.lock,requirements.lock)
# The packages that the second lock leaves to that index, in the versions of the first.
TORCH = $$(grep -oE '^torch(vision)?==[0-9.]+' requirements.lock)
# $(call platform,PYTHON)
platform = $$($(1) -c 'import sys, sysconfig as s; print("Python", s.get_python_version(), s.get_platform())')
SHA256 := $(shell command -v sha256sum || echo shasum -a 256)

# $(call install,PYTHON,OPTIONS): uv takes a third of pip's time. pip is used if uv is missing or fails,
# and if an index is set for pip only, because uv does not read pip's settings. Byte code is compiled
# now: with PYTHONDONTWRITEBYTECODE, each job would compile all of torch again.
define install
	@if [ -x .venv/bin/uv ] && { [ -n "$$UV_DEFAULT_INDEX$$UV_INDEX_URL" ] || \
	    ! $(1) -m pip config list | grep -q '\.index-url='; } && \
	  .venv/bin/uv pip install --quiet --compile-bytecode --python $(1) $(OFFLINE) $(2); then :; \
	else echo "pip installs the packages, which takes some minutes."; $(1) -m pip install --quiet $(OFFLINE) $(2); fi
endef

help:  ## Show this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: .venv/complete  ## Create the environment in .venv from the lock.
	$(check_torch)

# `complete` is written last: an interrupted installation is started again.
.venv/complete: $(LOCK) requirements-uv.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version + ". Name another: make env PYTHON=python3.12")'
	$(if $(BUNDLE),$(check_bundle))
	$(check_torch)
	$(PYTHON) -m venv .venv
	@echo "Installing the packages of $(LOCK) into .venv: about 3 GB, a third without CUDA."
	-.venv/bin/python -m pip install --quiet $(OFFLINE) --require-hashes -r requirements-uv.lock
	$(call install,.venv/bin/python,--require-hashes -r $(LOCK))
	$(if $(TORCH_INDEX),.venv/bin/python -m pip install --quiet --no-deps $(or $(OFFLINE),--index-url $(TORCH_INDEX)) $(TORCH))
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(if $(BUNDLE),if [ -d "$(BUNDLE)/data" ]; then mkdir -p data/raw && cp -R "$(BUNDLE)/data/." data/raw; fi)
	echo $(LOCK) > $@

# An installed torch with CUDA satisfies the version that is asked for, and would stay.
define check_torch
@$(if $(TORCH_INDEX),[ ! -f .venv/complete ] || [ "$$(cat .venv/complete)" = $(LOCK) ] || $(call refuse,\
  "packages of $(LOCK)","packages of $$(grep . .venv/complete || echo a lock that is not recorded)",.venv,\
  'remove .venv and repeat the command'),:)
endef

# Wheels fit one version of Python on one platform. A damaged file would show after minutes only.
define check_bundle
@for name in MANIFEST.sha256 platform; do \
  test -f "$(BUNDLE)/$$name" || $(call refuse,'a folder that make bundle made',"no $$name","$(BUNDLE)",\
  'run make bundle on a machine with a network. Copy its folder here'); done
@here="$(call platform,$(PYTHON))"; there="$$(cat "$(BUNDLE)/platform")"; \
  test "$$here" = "$$there" || $(call refuse,"$$there","$$here","$(BUNDLE)",\
  'name that Python: make env PYTHON=python3.12. Or make a bundle with this one')
@altered=$$(cd "$(BUNDLE)" && $(SHA256) --check --quiet MANIFEST.sha256 2>&1) || $(call refuse,\
  'the files of MANIFEST.sha256',"$$(echo "$$altered" | head -1)","$(BUNDLE)",'copy the folder again')
endef

# $(call refuse,EXPECTED,FOUND,WHERE,REMEDY)
refuse = { printf 'expected:   %s\nfound:      %s\nwhere:      %s\nwhat to do: %s\n' $(1) $(2) $(3) $(4) >&2; exit 1; }

# The locks of the environments that are here: an offline machine needs no others.
bundle: env  ## Collect wheels and fetched data in the folder bundle, for a machine without a network.
	rm -rf bundle bundle.part && mkdir -p bundle.part/wheels
	for lock in requirements-uv.lock $(LOCK) $(if $(wildcard .venv-bench),requirements-bench.lock) \
	    $(if $(wildcard .venv-tensorflow),requirements-tensorflow.lock); do \
	  .venv/bin/python -m pip download --quiet --no-deps --require-hashes --dest bundle.part/wheels -r $$lock || exit 1; \
	done
	$(if $(TORCH_INDEX),.venv/bin/python -m pip download --quiet --no-deps --dest bundle.part/wheels --index-url $(TORCH_INDEX) $(TORCH))
	if [ -d data/raw ]; then cp -R data/raw bundle.part/data; fi
	echo "$(call platform,.venv/bin/python)" > bundle.part/platform
	cd bundle.part && find . -type f -exec $(SHA256) {} + | sort -k 2 > ../bundle.sha256
	mv bundle.sha256 bundle.part/MANIFEST.sha256
	mv bundle.part bundle

# At most one job for each core, and no more jobs than fit into the machine's memory.
MEMORY = $$(python -c 'from triptych.system.memory import usable_memory; print(usable_memory() // 10**6)')

run: env  ## Make every table and figure of the default scale, smoke.
	$(ACTIVATE) snakemake --cores all --resources mem_mb=$(MEMORY)

test: env env-bench  ## Run all tests but the long ones.
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
	$(ACTIVATE) ruff check . && ruff format --check . && mypy && snakefmt --check Snakefile workflow && snakemake --lint && reuse lint --quiet

docs: env  ## Regenerate the derived parts of the documentation.
	$(ACTIVATE) python docs/generate.py

bench: env env-bench  ## Compare the speed with peers; writes benchmarks/README.md.
	$(ACTIVATE) python -m benchmarks

lock:  ## Resolve the dependencies again (needs uv); names, versions and hashes only.
	uv pip compile requirements-uv.in --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements-uv.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --upgrade -o requirements.lock
	uv pip compile pyproject.toml requirements-cpu.in --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --override requirements-cpu.in --constraint requirements.lock -o requirements-cpu.lock

env-bench: .venv-bench/complete  ## Install the peers for `make bench` and the tests.

.venv-bench/complete: requirements-bench.lock | .venv/complete
	$(call install,.venv/bin/python,--target .venv-bench --upgrade --no-deps --require-hashes -r requirements-bench.lock)
	touch $@

env-tensorflow: .venv-tensorflow/complete  ## Create the environment that reads the released checkpoints (scale paper).

.venv-tensorflow/complete: requirements-tensorflow.lock | .venv/complete
	$(PYTHON) -m venv .venv-tensorflow
	$(call install,.venv-tensorflow/bin/python,--require-hashes -r requirements-tensorflow.lock)
	touch $@
