#!/bin/sh
# Builds the program and measures it side by side with what else computes the
# same: see README.md. Needs Go and Python 3.
#
#   CHOKEPOINT_REFERENCE       a script that computes all export restrictions,
#                              run as: python SCRIPT DATA_DIR OUT_DIR
#   CHOKEPOINT_REFERENCE_DATA  its DATA_DIR
#   CHOKEPOINT_PYTHON          a Python that has numpy, scipy, pandas, quadprog;
#                              without it they are installed into a temporary
#                              folder if the reference or Clarabel is asked for
#   CHOKEPOINT_CLARABEL        seconds that Clarabel may take for the recipe program;
#                              cvxpy and clarabel come as numpy does
#   ROUNDS                     interleaved runs that medians are taken of (7)
set -eu
cd "$(dirname "$0")/.."
command -v python3 >/dev/null || { echo "bench/run.sh: no python3 found; the Go benchmarks alone: go test -run '^\$' -bench . ./internal/..." >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

export CGO_ENABLED=0
go build -trimpath -ldflags '-s -w' -o "$tmp/chokepoint" ./cmd/chokepoint
go test -c -o "$tmp/assess.test" ./internal/assess
go build -trimpath -o "$tmp/dump" ./bench/dump

python=${CHOKEPOINT_PYTHON:-python3}
if [ -n "${CHOKEPOINT_REFERENCE:-}${CHOKEPOINT_CLARABEL:-}" ] && [ -z "${CHOKEPOINT_PYTHON:-}" ]; then
  python3 -m venv "$tmp/venv"
  "$tmp/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas quadprog
  [ -z "${CHOKEPOINT_CLARABEL:-}" ] || "$tmp/venv/bin/pip" install --quiet --disable-pip-version-check cvxpy==1.9.3 clarabel==0.11.1
  python=$tmp/venv/bin/python
fi
python3 bench/peers.py "$tmp" "$python" "${ROUNDS:-7}"
