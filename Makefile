# The address of `make run`; the environment or an argument overrides it.
LISTEN ?= 127.0.0.1:8888
# How much each fuzz target runs in `make test`: a count, because a time may end
# in a failure that is none (https://go.dev/issue/75804).
FUZZTIME ?= 10000x

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X github.com/PivotLLM/MCPFusion/global.Version=$(VERSION)

.PHONY: build run test check fuzz vulncheck interop-install fmt clean

build:
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

# A working gateway with an API to call, without the network.
run: build
	./bin/mcpfusion -demo -data-dir .demo -listen $(LISTEN)

# Everything that must hold before a change is done.
test: check interop-install
	go test -race -timeout 20m ./...
	$(MAKE) --no-print-directory fuzz vulncheck

# What needs no test run: formatting, vet, staticcheck, tidy modules.
check:
	@unformatted=$$(go tool gofumpt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted, 'make fmt' mends: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

# Clients, providers and test suites that others wrote, for the tests in interop/.
interop-install: interop/node_modules/.package-lock.json

interop/node_modules/.package-lock.json: interop/package.json interop/package-lock.json
	@if ( cd interop && npm ci ) && touch $@; then :; \
	elif [ "$${CI:-}" = true ]; then exit 1; \
	else echo "npm could not install, so the tests in interop/ will skip"; fi

# Each fuzz target for FUZZTIME.
fuzz:
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package"; \
		done; \
	done

# Known vulnerabilities. Their database is on the network.
vulncheck:
	@if out=$$(go tool govulncheck ./... 2>&1); then echo "$$out"; \
	elif grep -q 'fetching vulnerabilities' <<<"$$out"; then echo "govulncheck: skipped, its database is out of reach"; \
	else echo "$$out"; exit 1; fi

fmt:
	go tool gofumpt -w .

clean:
	rm -rf bin .demo interop/node_modules
