#!/bin/sh
# How fast a contact list is imported over HTTP, beside what PostgreSQL's own COPY needs for the same rows, and how much
# memory the program takes for it. Builds the release binary, starts a PostgreSQL server with the settings it comes with,
# and leaves nothing behind.
#
#   scripts/bench-import.sh             a million rows, two rounds
#   ROWS=100000 ROUNDS=1 scripts/bench-import.sh
#   DIALER=path/to/dialer               measures this binary and builds none
#
# The plain table has the columns of the contract, random ids, a foreign key to its campaign, and an index each on the
# campaign and on the status. COPY stores what it is given; the import reads numbers, asks the do-not-call list, keeps
# numbers unique, keeps the campaign's counts, and can be stopped, continued and undone.
set -eu

case ${1:-} in -h | --help) sed -n '2,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit ;; esac

rows=${ROWS:-1000000}
rounds=${ROUNDS:-2}
. "$(dirname "$0")/bench-common.sh"

need curl curl
find_postgres
find_dialer
start_postgres

# Numbers that all differ, in no order.
awk -v rows="$rows" 'BEGIN {
    print "phone_number,first_name,last_name,email,company"
    split("Ada Grace Alan Zoë Miguel Yuki Priya Olu", first, " "); split("Example Lovelace Hopper García Tanaka Okafor Singh Smith", last, " ")
    for (n = 0; n < rows; n++) {
        x = (n * 5700637) % 8000000
        printf "+1212%07d,%s,%s,person%d@example.com,Company %d\n", 2000000 + x, first[n % 8 + 1], last[int(n / 8) % 8 + 1], n, n % 5000
    }
}' >"$dir/list.csv"
chmod 644 "$dir/list.csv"

psql -d dialer -c "
    CREATE TABLE plain_campaigns (id uuid PRIMARY KEY);
    INSERT INTO plain_campaigns VALUES ('0195d3f0-0000-7000-8000-000000000001');
    CREATE TABLE plain_contacts (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        campaign_id uuid NOT NULL DEFAULT '0195d3f0-0000-7000-8000-000000000001'
            REFERENCES plain_campaigns (id) ON DELETE CASCADE,
        phone_number text NOT NULL, first_name text, last_name text, email text, company text,
        status text NOT NULL DEFAULT 'pending'
            CHECK (status IN ('pending', 'calling', 'completed', 'failed', 'do-not-call', 'callback')),
        attempts bigint NOT NULL DEFAULT 0, last_attempt_at timestamptz, next_attempt_at timestamptz, last_call_id uuid,
        metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON plain_contacts (campaign_id);
    CREATE INDEX ON plain_contacts (status);" 2>/dev/null

start_dialer 0195d3f0-0000-7000-8000-0000000000aa

rate() { awk -v rows="$rows" -v from="$1" -v to="$2" 'BEGIN { printf "%.1f s, %d rows/s", to - from, rows / (to - from) }'; }

# Processor time between two readings.
a_row() { awk -v rows="$rows" -v used="$(($2 - $1))" 'BEGIN { printf "%.1f us/row", used * 1000 / rows }'; }

import_into() { # campaign, list
    import=$(ask -H 'Content-Type: text/csv' -T "$2" -X POST "$api/campaigns/$1/imports" | sed 's/.*"import":{"id":"\([^"]*\)".*/\1/')
    while :; do
        job=$(ask "$api/imports/$import")
        case $job in *'"status":"queued"'* | *'"status":"running"'*) sleep 0.1 ;; *) break ;; esac
    done
    case $job in *'"status":"completed"'*) ;; *) echo "the import went wrong: $job" >&2; exit 1 ;; esac
}
campaign() {
    ask -H 'Content-Type: application/json' -d '{"name":"Bench","type":"power"}' "$api/campaigns" |
        sed 's/.*"campaign":{"id":"\([^"]*\)".*/\1/'
}

# A first small list: what is loaded once, such as the numbering plans, is no memory of the import.
head -n 1001 "$dir/list.csv" >"$dir/small.csv"
import_into "$(campaign)" "$dir/small.csv"
idle=$(memory VmRSS)

round=1
while [ "$round" -le "$rounds" ]; do
    psql -d dialer -c "TRUNCATE plain_contacts" -c "CHECKPOINT"
    from=$(now) pg=$(pg_cpu_ms)
    psql -d dialer -c "\\copy plain_contacts (phone_number, first_name, last_name, email, company) from '$dir/list.csv' csv header"
    to=$(now)
    echo "round $round: COPY into the plain table    $(rate "$from" "$to"); the server $(a_row "$pg" "$(pg_cpu_ms)")"
    psql -d dialer -c "TRUNCATE plain_contacts" -c "TRUNCATE campaign_contacts CASCADE" -c "CHECKPOINT" 2>/dev/null
    list=$(campaign)
    echo 5 >"/proc/$server/clear_refs" 2>/dev/null || true
    from=$(now) pg=$(pg_cpu_ms) own=$(cpu_ms "$server")
    import_into "$list" "$dir/list.csv"
    to=$(now)
    echo "round $round: import over HTTP             $(rate "$from" "$to"); the server $(a_row "$pg" "$(pg_cpu_ms)"), the program $(a_row "$own" "$(cpu_ms "$server")")"
    echo "round $round: memory                       idle $((idle / 1024)) MiB, peak $(($(memory VmHWM) / 1024)) MiB, $((($(memory VmHWM) - idle) / 1024)) MiB above idle"
    stored=$(psql -d dialer -c "SELECT count(*) FROM campaign_contacts WHERE campaign_id = '$list'")
    [ "$stored" = "$rows" ] || { echo "only $stored rows of $rows were stored" >&2; exit 1; }
    round=$((round + 1))
done
