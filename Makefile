# Both commands of the README set up everything they need in .venv, from the lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check train lock clean

demo: $(VENV)/ready
	$(BIN)/python data/samples/demo.py

test: $(VENV)/ready check
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# langdetect comes as a source package: its build tool is locked too, so nothing unlocked is fetched.
$(VENV)/ready: requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Winnow needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The learned evidence, from labelled pages that do not ship with Winnow: make train DATA=../shared
DATA ?= ../shared
train: $(VENV)/train
	$(VENV)/train/bin/python -m bench.learn.silver $(VENV)/silver.jsonl --data $(DATA)
	$(VENV)/train/bin/python -m bench.learn.train $(VENV)/silver.jsonl --data $(DATA) --hold-out $(DATA)/lines/real.jsonl
	$(VENV)/train/bin/python -m bench.learn.kinds --data $(DATA)
	$(VENV)/train/bin/python -m bench.learn.blocks --data $(DATA)

$(VENV)/train: $(VENV)/ready bench/learn/requirements.lock
	$(PYTHON) -m venv --clear $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation --use-pep517 -r bench/learn/requirements.lock
	$@/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Needs uv: pip install uv
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -o bench/learn/requirements.lock -c requirements.lock bench/learn/requirements.in pyproject.toml
	uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes -o bench/schedules/requirements.lock bench/schedules/requirements.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --override bench/extractors/overrides.in -o bench/extractors/requirements.lock bench/extractors/requirements.in
	echo 'setuptools>=80' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -o requirements-build.lock -

clean:
	rm -rf $(VENV) data/raw data/clean build *.egg-info .mypy_cache .ruff_cache .pytest_cache
