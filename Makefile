# Papo's commands; `make` alone lists them. What needs more than three lines stands in scripts/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# wasm-opt and Playwright come from end2end/, cargo's own tools from its home.
export PATH := $(CURDIR)/end2end/node_modules/.bin:$(if $(CARGO_HOME),$(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# Clones on a build machine share what they compile.
ifdef CI
export CARGO_TARGET_DIR ?= $(HOME)/.cache/papo/target
endif

.PHONY: help build run cluster dev test check unit size end2end bench bench-ui faults faults-short hostile hostile-short deny machete clean setup

help: ## list these commands
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

build: ## build the one binary, target/release/papo
	@scripts/setup build
	@scripts/build

run: build ## build, then serve on http://127.0.0.1:3000 with SQLite in ./data
	@exec target/release/papo --data data --listen 127.0.0.1:3000

cluster: build ## two nodes with PostgreSQL and NATS behind http://127.0.0.1:3000
	@scripts/setup postgres nats
	@exec scripts/cluster

dev: ## serve while you edit: rebuilds and reloads (the same as `cargo leptos watch`)
	@scripts/setup build
	@exec cargo leptos watch

check: ## formatting and lints, for the server and for the browser
	@scripts/setup build
	cargo fmt --all --check
	cargo clippy --locked --features ssr --all-targets -- -D warnings
	cargo clippy --locked -p papo-harness --all-targets -- -D warnings
	cargo clippy --locked --target wasm32-unknown-unknown --features hydrate --lib -- -D warnings

unit: ## Rust tests, on SQLite and on a PostgreSQL of their own
	@scripts/setup postgres nats python
	scripts/with-postgres cargo test --locked --features ssr
	cargo test --locked -p papo-harness

size: build ## compare what a browser downloads with its budgets
	@scripts/size

end2end: build ## Playwright: real browsers against the real binary
	@scripts/setup browser
	cd end2end && npx tsc --noEmit && npx playwright test $(ARGS)

bench: build ## measure the release build next to bare programs; ARGS="fanout --alone" for less
	cargo run --locked --release -p papo-harness --bin bench -- $(ARGS)

bench-ui: build ## measure the release build in a real browser; about five minutes, with nothing else running
	@scripts/setup browser
	cd end2end && npx playwright test -c bench.config.ts $(ARGS)

faults: build ## break real servers, CYCLES=200 times, and check that nothing is lost; ARGS="--case kill9" for less
	@scripts/setup postgres
	cargo run --locked --release -p papo-harness --bin faults -- --cycles $(or $(CYCLES),200) $(ARGS)

faults-short: build ## the same in three minutes, with fixed seeds, and with planted bugs that must be found
	@scripts/setup postgres nats
	cargo run --locked --release -p papo-harness --bin faults -- --short $(ARGS)
	cargo run --locked --release -p papo-harness --bin faults -- --short --plant all

hostile: build ## attack real servers and measure what other people notice; ARGS="--attack pings" for less
	cargo run --locked --release -p papo-harness --bin hostile -- $(ARGS)

hostile-short: build ## the most important attacks in forty seconds, with a fixed seed
	cargo run --locked --release -p papo-harness --bin hostile -- --short $(ARGS)

deny: ## hold other people's code against deny.toml: licences, bans, sources and known vulnerabilities
	@scripts/setup deny
	cargo deny --locked check

machete: ## find dependencies that nothing uses
	@scripts/setup machete
	cargo machete --skip-target-dir

test: ## everything that must hold before a change is merged
	@scripts/setup build postgres nats python browser
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory size
	@$(MAKE) --no-print-directory faults-short
	@$(MAKE) --no-print-directory hostile-short
	@$(MAKE) --no-print-directory end2end

setup: ## install the tools that the other commands need (they also do it themselves)
	@scripts/setup build postgres nats python browser
	@echo "All tools are here."

clean: ## remove what was built (never ./data)
	cargo clean
	rm -rf target end2end/node_modules end2end/test-results end2end/playwright-report
