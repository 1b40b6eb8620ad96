# The commands of this project, the same for people and for CI. `make` lists them.
TOILE_HOME ?= .toile
override TOILE_HOME := $(abspath $(TOILE_HOME))
export TOILE_HOME
jobs := $(TOILE_HOME)/venvs/jobs/bin
airflow := $(TOILE_HOME)/venvs/airflow/bin
laptop := PYTHONPATH=infra $(jobs)/python -m

CUSTOMERS ?= 3000
SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup lock check lint format types contracts config compose docs test test-jobs test-airflow demo bench clean ready

help: ## what there is to say
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## Java, two Python environments, Spark's jars: all under $TOILE_HOME (.toile); Chromium for tests; quick when nothing has changed
	@infra/laptop/setup.sh

lock: setup ## resolve requirements/*.in anew into *.lock (versions that still fit stay; UPGRADE=1 takes the newest)
	@for set in bootstrap airflow jobs; do \
	  $(TOILE_HOME)/venvs/bootstrap/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	    requirements/$$set.in -o requirements/$$set.lock && echo "requirements/$$set.lock" || exit 1; done

check: ready ## lint, format, types, import contracts, conf/, compose file, docs: all of them, side by side
	@$(MAKE) --no-print-directory --keep-going --jobs 2 --output-sync=target types config docs lint format contracts compose

lint:
	@$(jobs)/ruff check --quiet . && echo "lint: clean"

format:
	@$(jobs)/ruff format --check --quiet . && echo "format: clean" || { echo "run: ruff format ." >&2; exit 1; }

types:
	@$(jobs)/mypy --no-error-summary jobs plugins dags infra && echo "types: sound"

# Its drawing and lists are for whoever has broken a contract.
contracts:
	@told=$$(PYTHONPATH=plugins $(jobs)/lint-imports --no-cache) && echo "contracts: kept" || { echo "$$told"; exit 1; }

config:
	@bin/toile check && for env in team staging production; do bin/toile check --fast --env $$env || exit 1; done
	@bin/toile schema --check && bin/toile --env production bundle --check

compose:
	@$(jobs)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml && echo "compose file: valid"

# Strict: a link or an anchor that leads nowhere fails.
docs: export NO_MKDOCS_2_WARNING := 1
docs: ready ## the site of docs/, in $TOILE_HOME/site
	@told=$$($(jobs)/mkdocs build --strict --site-dir $(TOILE_HOME)/site 2>&1) && \
	  echo "docs: built in $(TOILE_HOME)/site" || { echo "$$told"; exit 1; }

test test-jobs test-airflow bench: export JAVA_HOME := $(TOILE_HOME)/java
test test-jobs test-airflow bench: export PYSPARK_PYTHON := $(jobs)/python

test: ready ## every test, each in the environment of what it tests: the jobs' as they go, Airflow's beside them
	@$(MAKE) --no-print-directory --keep-going --jobs 2 test-airflow test-jobs

test-jobs:
	@status=0; $(jobs)/pytest tests/jobs || status=1; $(jobs)/pytest tests/infra || status=1; exit $$status

# Told as a whole, for two runs would mix their lines; in a folder of its own, for one run of pytest tidies up after others.
test-airflow: told := $(TOILE_HOME)/logs/test-airflow.log
test-airflow:
	@mkdir -p $(dir $(told)) && echo "tests/plugins and tests/dags run beside the others; until they are told: $(told)"
	@root=$$(mktemp -d); \
	PYTEST_DEBUG_TEMPROOT=$$root $(airflow)/pytest tests/plugins tests/dags > $(told) 2>&1; status=$$?; \
	cat $(told); [ $$status -ne 0 ] || rm -rf "$$root"; exit $$status

demo: ## one model's life, by the scheduler [MODELS=all] [DATA=path] [CAMPAIGN=path] [EXIT=1: end with status] [CUSTOMERS=3000] [SEED=0]
	@infra/laptop/setup.sh java airflow jobs jars
	@exec env $(laptop) laptop.demo --customers $(CUSTOMERS) --seed $(SEED) $(if $(MODELS),--models $(MODELS)) \
	  $(if $(DATA),--data "$(DATA)") $(if $(CAMPAIGN),--campaign "$(CAMPAIGN)") $(if $(EXIT),--exit)

bench: ready ## what each job costs, warm and cold; scoring beside bare XGBoost; linear beside Spark's own; parsing
	@$(jobs)/python -m benchmarks && $(jobs)/python -m benchmarks.scoring && \
	  $(jobs)/python -m benchmarks.linear --rows 1000000 && PYTHONPATH=plugins $(airflow)/python -m benchmarks.parse

clean: ## end what runs and remove tables, MLflow, Airflow, results and logs; the environments and jars stay
	@PYTHONPATH=infra:jobs $(or $(wildcard $(jobs)/python),python3) -m laptop.clean

ready:
	@test -e $(TOILE_HOME)/setup/jobs-project.stamp -a -e $(TOILE_HOME)/setup/airflow-project.stamp || \
	  { echo "nothing is set up in $(TOILE_HOME) yet. Run: make setup" >&2; exit 2; }
