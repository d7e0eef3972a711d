# Evenhand. `make demo` and `make test` set up all they need in .venv, and are safe to run twice.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c .ci/constraints.txt
REPORT := out/demo

.DEFAULT_GOAL := help
.PHONY: help demo run test golden picture lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: .venv/ready-to-run  ## judge a sample discussion and leave a report to open
	@$(BIN)/python bot.py replay docs/sample-thread.txt --report $(REPORT)

run: .venv/ready-to-run  ## watch a Discord server; needs DISCORD_TOKEN, see docs/guide.md
	@$(BIN)/python bot.py run

test: .venv/ready-to-test  ## every check: format, lint, types, import contracts, tests
	@echo "== format";  $(BIN)/ruff format --check .
	@echo "== lint";    $(BIN)/ruff check .
	@echo "== types";   $(BIN)/pyright
	@echo "== imports"; $(BIN)/lint-imports
	@echo "== tests";   $(BIN)/python -m pytest

golden: .venv/ready-to-test  ## keep what the sample discussion comes to now; read the diff
	@EVENHAND_GOLDEN=write $(BIN)/python -m pytest tests/test_golden.py tests/bot/scoring/test_shipped_scores.py
	@git diff --stat tests/golden

picture: demo .venv/ready-to-draw  ## draw the pictures of the documents (needs chromium)
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1500 \
	  --user-data-dir=$$(mktemp -d) --screenshot=docs/report.png file://$(CURDIR)/$(REPORT)/index.html
	@EVENHAND_PICTURES=write $(BIN)/python -m pytest tests/behaviour/test_pictures.py

lock:  ## write down the versions of a fresh environment, after changing a dependency
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --editable '.[dev,postgres,train]'
	{ echo "# Every version that the checks ran with. Written by: make lock"; \
	  build/lock/bin/pip freeze --exclude-editable | sed 's/+cpu//; s/ @ .*//'; } > .ci/constraints.txt

clean:  ## remove the environment and all that was made here
	rm -rf .venv out build

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Evenhand needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
	       "Name another: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv || { \
	  echo "Python cannot make one; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

.venv/ready-to-run: pyproject.toml .ci/constraints.txt | .venv/made
	@echo "Installing PyTorch, the largest package (once)"
	@$(PIP) torch
	@echo "Installing the other packages (once)"
	@$(PIP) --quiet --editable .
	@touch $@

.venv/ready-to-test: .venv/ready-to-run
	@echo "Installing the packages of the checks (once)"
	@$(PIP) --quiet --editable '.[dev,postgres,train]'
	@! command -v npm >/dev/null || npm install --silent --no-fund --no-audit --prefix build/node \
	  googleapis@188.0.0 || echo "npm cannot fetch Google's client: its test will be skipped"
	@touch $@

.venv/ready-to-draw: .venv/ready-to-test
	@echo "Installing what draws Discord's messages (once)"
	@$(PIP) --quiet --editable '.[pictures]'
	@touch $@
