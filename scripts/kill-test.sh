#!/bin/sh
# The long kill tests: hundreds of `kill -9` on SQLite and on PostgreSQL, and three nodes that are killed and held up.
#
#   scripts/kill-test.sh            200 kills each, 40 rounds of three nodes: about half an hour
#   scripts/kill-test.sh 500 100    as many kills, as many rounds
#   DIALER_TEST_SEED=7 scripts/kill-test.sh    other moments
set -eu

cd "$(dirname "$0")/.."
export DIALER_TEST_KILLS="${1:-200}" DIALER_TEST_ROUNDS="${2:-40}"
for test in killed::a_dialer_killed nodes::three_nodes; do
    cargo test --workspace --test program "$test" -- --nocapture
done
