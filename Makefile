# finseg on this machine. `make help` lists the targets.

PYTHON ?= python3
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test lint setup setup-dev bench-live bench-segmentation bench-cluster bench-freshness bench-explorer bench-portfolio bench-staff clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: setup ## set up, start everything, and say where (PORT=8001 make run: elsewhere)
	@.venv/bin/python manage.py up

test: setup-dev lint ## set up, then every check and every test
	@.venv/bin/python -m pytest -n auto --maxprocesses 4 --max-worker-restart 0

lint: setup-dev ## style, types of the domain code, import rules
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(wildcard */domain)
	.venv/bin/lint-imports

bench-live: setup-dev ## measure the fan-out of live prices
	@.venv/bin/python benchmarks/live.py

bench-segmentation: setup-dev ## measure segmentation of 100,000 to 5 million customers
	@.venv/bin/python benchmarks/segmentation.py --retrain

bench-freshness: setup-dev ## on a running demo: how long a change takes to its segment and figures
	@.venv/bin/python benchmarks/freshness.py --address http://127.0.0.1:$(PORT)

bench-portfolio: setup-dev ## measure portfolio pages and the valuation of 100,000
	@.venv/bin/python benchmarks/portfolio.py

bench-staff: setup-dev ## measure questions of staff over 100,000 portfolios
	@.venv/bin/python benchmarks/staff.py

bench-explorer: setup-dev ## measure the explorer over 100,000 customers
	@.venv/bin/python benchmarks/explorer.py

bench-cluster: setup-dev ## measure segmentation on a Dask cluster of this machine
	@.venv/bin/python benchmarks/segmentation_cluster.py

setup: ## install what running needs, into .venv and node_modules
	@$(PYTHON) finseg/local/setup.py

setup-dev: ## install what testing needs as well
	@$(PYTHON) finseg/local/setup.py --dev

clean: ## remove .venv and node_modules; data in .local stay
	rm -rf .venv node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed .venv, node_modules and compiled Python files."
	@echo "Data, secrets and logins stay in .local: remove that folder to start afresh."
