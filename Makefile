# A fresh machine needs Python 3.10 or later and make. PYTHON=... chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
TEST_WORKERS ?= 2

.PHONY: setup demo page test wheel-test check docs clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt -e '.[simulate,voices,speech,train,evaluate,view,live,serve,export,states,docs,dev]'
	touch $@

demo: setup
	$(BIN)/visavis demo

page: setup
	$(BIN)/python page/build_page.py

test: setup
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

# The built wheel in an empty environment: demo, generate, serve. Some minutes; needs the package index.
wheel-test: setup
	$(BIN)/python .ci/wheel_test.py

docs: setup
	$(BIN)/python docs/site/build.py

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache visavis-demo site
