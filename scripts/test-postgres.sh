#!/bin/sh
# Starts one throw-away PostgreSQL server for a run of the tests, and sees to it that it goes away with the runner.
#
# nextest runs this before the first test that needs it (.config/nextest.toml) and reads TEST_PG_URL from the file
# that NEXTEST_ENV names. A server that TEST_PG_URL names already is used as it is.
#
# By hand, for benchmarks:  eval "$(scripts/test-postgres.sh)"  prints `export TEST_PG_URL=…` and keeps the server
# until the calling shell ends.
set -eu

publish() {
    if [ -n "${NEXTEST_ENV:-}" ]; then
        echo "TEST_PG_URL=$1" >>"$NEXTEST_ENV"
    else
        echo "export TEST_PG_URL=$1"
    fi
}

newest_installed() {
    find /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin \
        -maxdepth 1 -name initdb 2>/dev/null | sed 's|/initdb$||' | sort -V | tail -n 1
}

if [ -n "${TEST_PG_URL:-}" ]; then
    publish "$TEST_PG_URL"
    exit 0
fi

bin=${PG_BIN_DIR:-$(newest_installed)}
if [ -z "$bin" ] && command -v initdb >/dev/null 2>&1; then
    bin=$(dirname "$(command -v initdb)")
fi
if [ -z "$bin" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "There is no PostgreSQL on this machine: installing the package postgresql with apt-get, for the tests." >&2
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >&2 || true
    bin=$(newest_installed)
fi
if [ ! -x "${bin:-/nowhere}/initdb" ]; then
    echo "The tests need PostgreSQL's server programs, and there are none. Install the package postgresql (15 or" >&2
    echo "later), or set PG_BIN_DIR to the folder that holds initdb, or TEST_PG_URL to a server's URL." >&2
    exit 1
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/dialer-test-pg.XXXXXX")
cd /
# PostgreSQL does not run as root.
as_owner=
if [ "$(id -u)" = 0 ]; then
    owner=$(id -u postgres >/dev/null 2>&1 && echo postgres || echo nobody)
    chown "$owner" "$dir"
    as_owner="setpriv --reuid=$(id -u "$owner") --regid=$(id -g "$owner") --clear-groups"
fi

give_up() {
    echo "The test server did not start:" >&2
    cat "$dir/initdb.log" "$dir/log" 2>/dev/null >&2 || true
    rm -rf "$dir"
    exit 1
}

$as_owner "$bin/initdb" -D "$dir/data" -U owner --auth=trust --no-sync --no-locale -E UTF8 >"$dir/initdb.log" 2>&1 ||
    give_up

# A port that nobody listens on may be taken by the time the server starts, so a few are tried.
started=
for _ in 1 2 3 4 5 6 7 8; do
    port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 25000) }')
    port=$((20000 + (port + $$ + ${tries:=0} * 7919) % 25000))
    tries=$((tries + 1))
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c fsync=off"
    options="$options -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c autovacuum=off"
    if $as_owner "$bin/pg_ctl" -w -D "$dir/data" -l "$dir/log" -o "$options" start </dev/null >/dev/null 2>&1; then
        started=yes
        break
    fi
done
[ -n "$started" ] || give_up

# The watchdog outlives this script and notices however the runner ends.
runner=$PPID
detached=$(command -v setsid || command -v nohup)
"$detached" sh -c "
    while kill -0 $runner 2>/dev/null; do sleep 1; done
    $as_owner '$bin/pg_ctl' -D '$dir/data' -m immediate stop
    rm -rf '$dir'
" </dev/null >/dev/null 2>&1 &

publish "postgres://owner@127.0.0.1:$port"
