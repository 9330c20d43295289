# Needs python3 (3.11 or newer) and make; everything else comes into .venv by itself.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
STATEMENTS := tests/architecture/test_sql.py tests/architecture/test_house_rules.py
PROOFS := tests/docs/test_attacks.py tests/docs/test_asvs.py

# pyright would ask the network for news, and node for its own.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Images of containers often forbid compiled files; each of our processes would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo shots test conformance check fmt pages faults bench publish sdk clean reset environment

##@ Start

run: environment ## start everything on this machine and show where it is
	@exec $(BIN)/tinhs run --with-parent $(ARGS)

demo: environment ## play one story with assertions: a pothole, and a document that was altered
	@$(BIN)/python -m tests.show.story

##@ Check

test: environment ## run the tests, each process on a PostgreSQL of its own (ARGS="tests/local -k roles")
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: environment ## look at format, lint, types, walls, doors, SQL and proofs without changing anything
	@failed=; \
	$(BIN)/ruff format --check --quiet . || failed="$$failed\n  format: make fmt"; \
	$(BIN)/ruff check --quiet . || failed="$$failed\n  lint:   make fmt mends some; the rest is above, '$(BIN)/ruff rule CODE' explains"; \
	$(BIN)/pyright || failed="$$failed\n  types:  the lines above name the places; '$(BIN)/pyright FILE' looks at one again"; \
	$(BIN)/lint-imports --no-logo || failed="$$failed\n  walls:  an import above crosses a wall; docs/guide says who may import whom"; \
	$(BIN)/tinhs check >/dev/null || failed="$$failed\n  doors:  each line above names a module and what it lacks"; \
	$(BIN)/python -m pytest -q -n auto $(STATEMENTS) || failed="$$failed\n  SQL:    a statement above is named as module.file.NAME"; \
	$(BIN)/python -m pytest -q $(PROOFS) || failed="$$failed\n  proofs: docs/security names a test above that is not there"; \
	if [ -n "$$failed" ]; then printf "\nNot clean yet. What to type:$$failed\n" >&2; exit 1; fi

fmt: environment ## write the code as the formatter would, and mend what the linter can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

conformance: environment ## try public test vectors (VECTORS=../shared/vectors) and print the counts
	@$(BIN)/python -m tests.conformance "$(VECTORS)"

pages: environment ## judge every page in a browser: axe, HTML, Lighthouse, console, width (Chromium, Node)
	@$(BIN)/python backend/local/environment.py .venvs/sdk tests/sdk/requirements.lock
	@PAGES=1 $(BIN)/python -m pytest -q tests/journeys/test_accessible.py \
	  tests/journeys/test_public_pages.py tests/journeys/test_verify_page.py \
	  tests/documents/test_verdict_pages.py tests/documents/remote/test_signing_in_chromium.py

faults: environment ## try each fault with its control, and print the table of R1 to R23
	@$(BIN)/python -m tests.faults

bench: environment ## print ratios against baselines and peers (QUICK=1, ONLY=create, PROFILE=create, REPORTS=100000)
	@$(BIN)/python backend/local/environment.py .venvs/bench tests/bench/requirements.lock
	@$(BIN)/python -m tests.bench

##@ Publish

shots: environment ## take the README's pictures anew (Chromium)
	@$(BIN)/python -m tests.show.pictures

sdk: environment ## make clients in five languages, and let TypeScript and Python call a running house
	@$(BIN)/python backend/local/environment.py .venvs/sdk tests/sdk/requirements.lock
	@$(BIN)/python -m tests.sdk

publish: environment ## write contracts/ anew from the code (RELEASE=1 keeps it as the promise)
	@$(BIN)/tinhs publish $(if $(RELEASE),--released)

##@ Tidy

clean: ## remove the environments and every cache; the data in var/ stays
	@rm -rf .venv .venvs dist .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

reset: environment ## remove the local database, files and messages: the next run starts empty
	@$(BIN)/tinhs reset

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z]+:.*## / { split($$1, verb, ":"); printf "  make %-12s%s\n", verb[1], $$2 }' Makefile
	@echo

# The first Python here that is new enough makes the environment, or finds that it is made.
environment:
	@for each in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	  python=$$("$$each" -c 'import sys; \
	    (3, 11) <= sys.version_info < (3, 15) and print(getattr(sys, "_base_executable", sys.executable))' \
	    2>/dev/null) && [ -n "$$python" ] && break; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Tỉnh-S needs Python 3.11, 3.12, 3.13 or 3.14, and finds none of them here." >&2; \
	  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name one:" >&2; \
	  echo "  make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	"$$python" backend/local/environment.py .venv requirements.lock --house
