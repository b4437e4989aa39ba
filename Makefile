# What a newcomer types. Each target brings what it needs, from nothing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo tour test check bench-launch bench-roster format install clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: .venv/demo ## Start a real Hub on :8000 and the demo LMS on :9000
	@$(BIN)/python -m demo

tour: .venv/demo ## Play a whole class without a person, step by step
	@$(BIN)/python -m demo.tour

test: .venv/dev ## Run the whole test suite, a browser included
	@$(BIN)/python -m pytest -n 2

check: .venv/dev ## Run ruff, mypy, import-linter and the tests of house and docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/test_house.py tests/test_docs.py

bench-launch: .venv/demo ## Measure launches beside ltiauthenticator, turn about
	@$(BIN)/python -m benchmarks.launch

bench-roster: .venv/demo ## Measure a roster of 10,000, beside one call for each person
	@$(BIN)/python -m benchmarks.roster

format: .venv/dev ## Put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

install: .venv/dev ## Make the virtual environment for development

clean: ## Remove what these commands made
	rm -rf .venv .demo .cache .mypy_cache .ruff_cache .pytest_cache

.venv/demo .venv/dev: pyproject.toml constraints.txt package-lock.json tools/install.py
	@$(PYTHON) tools/install.py $(@F)
