# Two commands on a fresh machine: `make run` and `make test`.
# Everything needs Go alone unless a line says otherwise. The explorer's pages are
# built where there is Node; without it the program says how to get them.

GO      ?= go
BIN     := bin/chokepoint
VERSION ?= dev
LDFLAGS := -s -w -X main.release=$(VERSION)
export CGO_ENABLED = 0

.PHONY: run build web serve test test-go test-web test-readers test-api race fuzz bench lint data release clean

run: build            ## build, and print the ranking
	$(BIN) rank
	@echo "the explorer: make serve, then http://127.0.0.1:8417"

serve: build          ## the explorer, until it is interrupted
	$(BIN) serve

NPM := npm --prefix web
web:                  ## the explorer's pages (needs Node)
	@if command -v npm >/dev/null; then \
	  { [ web/node_modules/.package-lock.json -nt web/package-lock.json ] || $(NPM) ci --no-audit --no-fund --silent; } && $(NPM) run build --silent -- --logLevel warn; \
	else echo "no Node here: the explorer's pages are left out"; fi

build: web
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/chokepoint

test: lint test-go race test-web test-readers test-api   ## all tests (needs Node and Python 3; installs what else is missing)

test-go:              ## tests that need neither root nor Node
	$(GO) test ./...

test-web: build       ## the explorer in a real browser (needs Node; installs Chromium)
	@command -v chromium >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }
	$(NPM) run check --silent
	CHOKEPOINT=$(CURDIR)/$(BIN) $(NPM) test --silent

PYTHON := build/python
test-readers: build $(PYTHON)/ready   ## Parquet files read by pandas, polars and DuckDB (Python 3, packages from PyPI)
	@$(PYTHON)/bin/python tests/parquet_readers.py $(BIN)

test-api: build $(PYTHON)/ready   ## the API against its description, about a minute (Python 3, Schemathesis from PyPI)
	@$(PYTHON)/bin/python tests/api_schemathesis.py $(BIN)

$(PYTHON)/ready: tests/requirements.txt
	@command -v python3 >/dev/null && python3 -c 'import venv, ensurepip' || { apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; }
	python3 -m venv $(PYTHON)
	$(PYTHON)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

race:                 ## the tests of what runs in parallel, with the race detector (installs a C compiler)
	@command -v cc >/dev/null || { apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null; }
	CGO_ENABLED=1 $(GO) test -race ./internal/assess ./internal/backtest ./internal/batch ./internal/catalog ./internal/datapackage ./internal/server ./internal/stockpile

lint:
	@out=$$(gofmt -l cmd data internal); if [ -n "$$out" ]; then echo "not gofmt'ed: $$out"; exit 1; fi
	$(GO) vet ./...

FUZZTIME ?= 30s
fuzz:                 ## every fuzz target in turn
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg || exit 1; \
	  done; \
	done

bench: build          ## Go benchmarks, then peers side by side (the second part needs Python)
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...
	bench/run.sh

data:                 ## pack the tables after a change
	$(GO) generate ./data

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
release:              ## binaries of all platforms with checksums in dist/
	@mkdir -p dist
	@for p in $(PLATFORMS); do \
	  os=$${p%/*}; arch=$${p#*/}; ext=; [ $$os = windows ] && ext=.exe; \
	  echo "dist/chokepoint-$(VERSION)-$$os-$$arch$$ext"; \
	  GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o dist/chokepoint-$(VERSION)-$$os-$$arch$$ext ./cmd/chokepoint || exit 1; \
	done
	@cd dist && sha256sum chokepoint-$(VERSION)-* > SHA256SUMS

clean:
	rm -rf bin dist build
