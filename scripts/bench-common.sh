# For the scripts that measure: a PostgreSQL server of their own, with the settings it comes with, and the program on it.
# Read in with `.`; what is started here ends with the script that read it in, and leaves no file behind.
#
#   DIALER       the program; built (release) where none is named
#   PG_BIN_DIR   the folder that holds initdb
#   PG_OPTIONS   further options of the server, such as "-c shared_buffers=1GB"
#   TMPDIR       where the database is kept meanwhile

here=$(cd "$(dirname "$0")/.." && pwd)

need() {
    command -v "$1" >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "There is no $1 on this machine: installing the package $2 with apt-get." >&2
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >&2 || true
    fi
    command -v "$1" >/dev/null 2>&1 || { echo "$1 is needed; install the package $2" >&2; exit 1; }
}

find_postgres() {
    bin=${PG_BIN_DIR:-$(find /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql*/bin -maxdepth 1 -name initdb 2>/dev/null | sed 's|/initdb$||' | sort -V | tail -n 1)}
    [ -x "${bin:-/nowhere}/initdb" ] ||
        { echo "PostgreSQL's server programs are needed: install the package postgresql, or set PG_BIN_DIR" >&2; exit 1; }
}

find_dialer() {
    [ -z "${DIALER:-}" ] || return 0
    cargo build --release --manifest-path "$here/Cargo.toml" --bin dialer
    DIALER="${CARGO_TARGET_DIR:-$here/target}/release/dialer"
}

server=
clean() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    (cd / && $as_owner "$bin/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null 2>&1) || true
    rm -rf "$dir"
}

start_postgres() {
    dir=$(mktemp -d "${TMPDIR:-/tmp}/dialer-bench.XXXXXX")
    as_owner=
    if [ "$(id -u)" = 0 ]; then
        owner=$(id -u postgres >/dev/null 2>&1 && echo postgres || echo nobody)
        chown "$owner" "$dir"
        as_owner="setpriv --reuid=$(id -u "$owner") --regid=$(id -g "$owner") --clear-groups"
    fi
    trap clean EXIT
    trap 'exit 130' INT TERM
    (cd / && $as_owner "$bin/initdb" -D "$dir/pg" -U owner --auth=trust -E UTF8 --no-locale >"$dir/initdb.log")
    started=
    for try in 1 2 3 4 5 6 7 8; do
        port=$((20000 + ($$ + try * 7919) % 25000))
        options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir ${PG_OPTIONS:-}"
        if (cd / && $as_owner "$bin/pg_ctl" -w -D "$dir/pg" -l "$dir/pg.log" -o "$options" start >/dev/null 2>&1); then
            started=yes
            break
        fi
    done
    [ -n "$started" ] || { cat "$dir/pg.log" >&2; exit 1; }
    psql -d postgres -c "CREATE DATABASE dialer"
    export DATABASE_URL="postgres://owner@127.0.0.1:$port/dialer"
}

psql() { "$bin/psql" -h 127.0.0.1 -p "$port" -U owner -qAtX -v ON_ERROR_STOP=1 "$@"; }
sql() { psql -d dialer -c "$1"; }

# start_dialer USER: starts the program; `ask` asks it on behalf of that user.
start_dialer() {
    mkdir -p "$dir/data"
    : >"$dir/out"
    DIALER__LOG__FILTER=${DIALER__LOG__FILTER:-warn} DIALER__LIMITS__USER_REQUESTS_PER_MINUTE=0 \
        "$DIALER" serve --port 0 --data-dir "$dir/data" >"$dir/out" 2>"$dir/err" &
    server=$!
    until grep -q '^listening on ' "$dir/out"; do
        kill -0 "$server" 2>/dev/null || { cat "$dir/err" >&2; exit 1; }
        sleep 0.1
    done
    api=$(sed -n 's/^listening on //p' "$dir/out")/api/dialer
    token=$("$DIALER" token --data-dir "$dir/data" --user "$1")
}

stop_dialer() {
    kill "$server"
    wait "$server" || true
    server=
}

ask() { curl -sS --fail-with-body -H "Authorization: Bearer $token" "$@"; }

# KiB of the program's memory, by its name in /proc: VmRSS, VmHWM.
memory() { awk -v what="$1:" '$1 == what { print $2 }' "/proc/$server/status"; }

# Milliseconds of processor time that a process has used.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%d", ($12 + $13) * 1000 / hz }' "/proc/$1/stat"; }

# The same of the whole server, with the connections that have ended.
pg_cpu_ms() {
    main=$(head -n 1 "$dir/pg/postmaster.pid")
    for each in /proc/[0-9]*/stat; do cat "$each" 2>/dev/null || true; done | awk -v hz="$(getconf CLK_TCK)" -v main="$main" '
        { pid = $1; sub(/.*\) /, "") }
        pid == main { used += $12 + $13 + $14 + $15 }
        $2 == main { used += $12 + $13 }
        END { printf "%d", used * 1000 / hz }'
}

now() { date +%s.%N; }
