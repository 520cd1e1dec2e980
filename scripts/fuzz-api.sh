#!/usr/bin/env bash
# Holds the running server against its own OpenAPI document: schemathesis sends it what the document allows and what it
# does not, and looks at every answer. Needs Python 3.10 or later; brings schemathesis into a folder of its own.
#
#   scripts/fuzz-api.sh                  as CI does
#   SEED=7 EXAMPLES=100 scripts/fuzz-api.sh
#   scripts/fuzz-api.sh --include-path /api/dialer/calls      options go on to `st run`
#
# DIALER names the program (target/debug/dialer), TOOLS the folder of the tool (target/fuzz).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dialer=${DIALER:-$here/target/debug/dialer}
tools=${TOOLS:-$here/target/fuzz}
user=0195d3f0-0000-7000-8000-000000000001

[ -x "$dialer" ] || { echo "there is no $dialer; build it first: cargo build --workspace" >&2; exit 1; }
if ! "$tools/bin/st" --version >/dev/null 2>&1; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --requirement "$here/scripts/fuzz/requirements.txt"
fi

data=$(mktemp -d)
server=
clean() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$data"
}
trap clean EXIT

# What is tried a thousand times a minute must not run into the limits on requests. Nobody is called: the simulator is on.
export DIALER__LIMITS__USER_REQUESTS_PER_MINUTE=0 DIALER__LIMITS__ADDRESS_REQUESTS_PER_MINUTE=0
export DIALER__TELEPHONY__PROVIDER=simulator DIALER__LOG__FILTER=warn
cd "$data"
"$dialer" serve --data-dir "$data/dialer" --port 0 >"$data/out" 2>"$data/log" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$data/out")
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.1
done
[ -n "${url:-}" ] || { echo "the server did not say where it listens" >&2; exit 1; }
token=$("$dialer" token --data-dir "$data/dialer" --user "$user" --role admin)

export PYTHONPATH="$here/scripts/fuzz" SCHEMATHESIS_HOOKS=hooks
"$tools/bin/st" --config-file "$here/scripts/fuzz/schemathesis.toml" run "$url/openapi.json" \
    --header "Authorization: Bearer $token" --checks all --seed "${SEED:-1}" --max-examples "${EXAMPLES:-20}" \
    --no-color --warnings off --generation-database none "$@" || { tail -n 50 "$data/log" >&2; exit 1; }
