# Each target is a line that calls the harness; the first one also makes its environment.
# VENV and PYTHON may be given: `make dev VENV=/elsewhere PYTHON=python3.13`.

VENV ?= .venv
PYTHON ?= python3
HARNESS = $(VENV)/bin/harness
READY = $(VENV)/.ready
# What failed beside others, on a machine that is busy with them, is tried once more by itself, and
# told by name; what fails again has failed. More than five failures are no accident.
AGAIN = $(VENV)/bin/pytest tests -n 1 --dist loadgroup --last-failed \
	--last-failed-no-failures none --maxfail 5 -v

# What git tells its hooks is for git there alone: tests make repositories of their own.
unexport GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_DIR GIT_GRAFT_FILE \
	GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_SHALLOW_FILE \
	GIT_WORK_TREE

.DEFAULT_GOAL := help
.PHONY: help dev dev-shell dev-logs dev-down dev-clean deploy-cf test test-long lint

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed 's/:[^#]*## /\t/' | expand -t 12

# Its programs name the path that it was made for, so one that was moved is made anew.
ifneq ($(shell test ! -s $(READY) || (CDPATH= cd $(VENV) && pwd -P) | cmp -s - $(READY) || echo moved),)
.PHONY: $(READY)
endif

$(READY): requirements.lock pyproject.toml harness/bootstrap.py
	@$(PYTHON) harness/bootstrap.py $(VENV)

dev: $(READY) ## Start the local development environment
	@$(HARNESS) dev

dev-shell: $(READY) ## Open a shell in the running container
	@$(HARNESS) shell

dev-logs: $(READY) ## Follow the container's logs
	@$(HARNESS) logs

dev-down: $(READY) ## Stop the environment, keep its state
	@$(HARNESS) down

dev-clean: $(READY) ## Stop the environment and remove its state (WAL, .beads, .ckindex)
	@$(HARNESS) clean

deploy-cf: $(READY) ## Release this commit to Cloudflare, as the workflow does
	@$(HARNESS) deploy

test: $(READY) ## Pass the tests: tests/ and acceptance/
	@$(VENV)/bin/pytest tests -n auto --dist loadgroup || { [ $$? -eq 1 ] && $(AGAIN); }
	@$(VENV)/bin/pytest acceptance

test-long: $(READY) ## Run what takes hours: reloads, releases, figures, the image
	@$(VENV)/bin/pytest tests -m long --long -n auto --dist loadgroup --no-loadscope-reorder \
		|| { [ $$? -eq 1 ] && $(AGAIN) --long; }
	@$(VENV)/bin/pytest acceptance/test_g2_release.py acceptance/test_fr6_dockerfile.py \
		acceptance/test_g3_layers.py acceptance/test_fr5_workflow.py \
		acceptance/test_us2_push.py --long
	@$(VENV)/bin/pytest acceptance/benchmarks --long

lint: $(READY) ## Check style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
