# Everything that is built, tested or measured here. `make` alone lists the targets.
# `run`, `build` and `clean` need Go and nothing else; `test` and `check` fetch what they need (scripts/setup-test), and
# their scripts are for bash.

.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
# gin binds MessagePack, and pgx maps the types of every extension, unless they are told not to: 7 MB of the binary for
# what nobody sends us.
TAGS    := nomsgpack,nopgxregisterdefaulttypes

# The tools of `make check`, each pinned, built from source by the module system into a folder that git ignores.
TOOLS         := .tools/bin
STATICCHECK   := $(TOOLS)/staticcheck-v0.8.2
GOLANGCI_LINT := $(TOOLS)/golangci-lint-v2.15.0
GOVULNCHECK   := $(TOOLS)/govulncheck-v1.9.0

FUZZTIME ?= 30s
ROUNDS   ?= 100

.PHONY: help run build test check fmt fmt-check vet staticcheck lint vuln layers race race-service readme cover bench fuzz oracle crash mutate \
	browser screens axe throttled lighthouse setup-test tools clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build the binary and start it on http://localhost:8080 with SQLite in ./laurel-data
	@exec bin/laurel serve $(ARGS)

build: ## Build one static binary, bin/laurel, and beside it the verifier for browsers, bin/browser
	CGO_ENABLED=0 go build -trimpath -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/laurel ./cmd/laurel
	@scripts/build-browser bin/browser

test: setup-test ## Run every test, after installing what the tests need
	@scripts/gotest ./...

check: setup-test ## Run everything that must be green before a change is handed in
	@scripts/stages fmt-check vet staticcheck lint vuln layers race readme

fmt: ## Format all Go files
	gofmt -s -w $$(scripts/gofiles)

fmt-check: # gofmt would change nothing
	@bad=$$(gofmt -s -l $$(scripts/gofiles)); \
	if [ -n "$$bad" ]; then echo "not formatted, run \"make fmt\":"; echo "$$bad"; exit 1; fi

vet:
	@go vet ./...

staticcheck: $(STATICCHECK)
	@$(STATICCHECK) ./...

lint: $(GOLANGCI_LINT)
	@$(GOLANGCI_LINT) run --allow-serial-runners ./...

vuln: $(GOVULNCHECK)
	@scripts/vuln $(GOVULNCHECK)

layers: # the layer test alone, because its answer comes in a second
	@go test ./internal/arch

race: setup-test # all tests, those that run the program in themselves under the race detector
	@scripts/gotest -race ./...

race-service: setup-test ## Run the tests of the running service with a server that is built with the race detector
	@scripts/gotest -race ./test/service

readme: setup-test # the commands that the README promises, in a fresh clone
	@scripts/readme-commands

cover: setup-test ## Run every test and print the coverage of each package
	@scripts/gotest -coverprofile=coverage.out ./...
	@go tool cover -func=coverage.out | tail -n 1

bench: build ## Measure the pairs of the performance goals in turn and print median ratios
	@go run ./internal/bench/cmd -binary $(CURDIR)/bin/laurel $(ARGS)

fuzz: ## Run each fuzz target for FUZZTIME (30s)
	@scripts/fuzz $(FUZZTIME)

oracle: ## Compare the term tables and the templates with a general JSON-LD library on 100,000 generated documents each
	@code=0; said=$$(go test -count=1 -timeout 60m -v ./internal/jsonld -run 'Agree|Template' -long 2>&1) || code=$$?; \
	printf '%s\n' "$$said" | grep -v -e '=== ' -e '^    --- PASS' -e 'expand_test.go:69'; exit $$code

mutate: ## Remove each check of the verifier in turn and print those that no test noticed
	@go run ./internal/mutate/cmd $(ARGS)

crash: setup-test ## Kill the server ROUNDS (100) times per database while awards and revocations run
	@LAUREL_CRASH_ROUNDS=$(ROUNDS) go test -count=1 -timeout 60m -v ./test/crash

reservations: setup-test ## Reserve 200,000 status indexes per database by 64 workers that are killed ten times
	@LAUREL_RESERVATIONS=200000 go test -count=1 -timeout 60m -v -run Reservations ./test/crash

browser: setup-test ## Run the browser tests alone
	@go test -count=1 -v ./test/browser

screens: setup-test ## Take a picture of every page of the catalogue, and of the running service, into ./screens
	@LAUREL_SCREENS=$(CURDIR)/screens go test -count=1 -v ./test/browser

axe: setup-test ## Hold every page in every state, six languages, light and dark, at 320 and 1280 px against axe's rules
	@LAUREL_AXE=all go test -count=1 -timeout 60m -v -run TestCatalogue ./test/browser

throttled: setup-test ## Print how long a verdict takes on a line of 400 kbit/s with 400 ms
	@go test -count=1 -v -run 'TestPages/.*light' ./test/browser

lighthouse: setup-test ## Print how Lighthouse scores the badge, claim and verify pages
	@go test -count=1 -v -run 'TestPages/Lighthouse' ./test/browser

setup-test: # install what the tests need, or name what is missing
	@scripts/setup-test

tools: $(STATICCHECK) $(GOLANGCI_LINT) $(GOVULNCHECK) ## Build the tools of `make check`

$(STATICCHECK):
	@scripts/tool $@ honnef.co/go/tools/cmd/staticcheck
$(GOLANGCI_LINT):
	@scripts/tool $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(GOVULNCHECK):
	@scripts/tool $@ golang.org/x/vuln/cmd/govulncheck

clean: ## Remove what was built; keeps ./laurel-data
	rm -rf bin .tools coverage.out screens test/npm/node_modules
