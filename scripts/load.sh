#!/bin/sh
# What the list of calls costs under load: starts a throw-away PostgreSQL server and the release program on it, fills the
# log with calls of many users, and asks with wrk. Prints requests a second, latencies, the processor time of our process
# a request, and what the program says to the database for one. Leaves nothing behind.
#
#   scripts/load.sh                     6,000,000 calls, of which 1,000,000 are the asking user's
#   CALLS=600000 MINE=100000 SECONDS_EACH=5 scripts/load.sh
#
#   CALLS, MINE     calls in all, and of the user who asks
#   USERS           users who share the rest (20)
#   SECONDS_EACH    how long each question is asked (10), ROUNDS how often all of them are (1)
#   CONNECTIONS     connections of wrk (8), THREADS its threads (1), WORKERS threads of the program that speak HTTP (2)
#   ONLY            measures the questions whose name contains this
#   EXPLAIN=1       shows each question's plan, too
#   HOLD=1          keeps everything running at the end, until Enter
#   DIALER, PG_BIN_DIR, PG_OPTIONS, TMPDIR: see scripts/bench-common.sh. 6,000,000 calls need 8 GB there.
set -eu
case ${1:-} in -h | --help) sed -n '2,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit ;; esac

calls=${CALLS:-6000000}
mine=${MINE:-1000000}
users=${USERS:-20}
seconds=${SECONDS_EACH:-10}
rounds=${ROUNDS:-1}
connections=${CONNECTIONS:-8}
threads=${THREADS:-1}
me=0195d3f0-0000-7000-8000-0000000000aa
. "$(dirname "$0")/bench-common.sh"

need wrk wrk
need curl curl
find_postgres
find_dialer
# Nothing of the load is to be kept, so it does not wait for the disk. Reads are the same.
PG_OPTIONS="-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c max_wal_size=8GB ${PG_OPTIONS:-}"
start_postgres
"$DIALER" migrate --data-dir "$dir/data" >/dev/null

echo "filling the database: $calls calls, $mine of them the asking user's" >&2
# User 0 asks. Every user has ten campaigns of 500 contacts.
sql "
    CREATE FUNCTION pg_temp.uuid_of(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        \$\$ SELECT ('0195d3f0-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid \$\$;
    CREATE TABLE load_users AS SELECT n, CASE n WHEN 0 THEN '$me' ELSE pg_temp.uuid_of(1, n) END AS id
        FROM generate_series(0, $users) AS n;
    INSERT INTO dialer_campaigns (id, user_id, name, type, status)
        SELECT pg_temp.uuid_of(2, u.n * 10 + c), u.id, 'Campaign ' || c, 'power', 'paused'
        FROM load_users AS u, generate_series(0, 9) AS c;
    INSERT INTO campaign_contacts (id, campaign_id, phone_number, status, attempts, closed_reason, row_version)
        SELECT pg_temp.uuid_of(3, c * 500 + k), pg_temp.uuid_of(2, c), '+1212' || 2000000 + k, 'completed', 1, 'reached', 1
        FROM generate_series(0, $users * 10 + 9) AS c, generate_series(0, 499) AS k;"
# The indexes are made afterwards, which is faster; what is referred to is there, so nobody looks it up row by row.
# call_totals is kept by the table's own triggers.
indexes=$(sql "SELECT indexdef || ';' FROM pg_indexes WHERE tablename = 'call_logs' AND indexname <> 'call_logs_pkey'")
sql "SELECT format('DROP INDEX %I;', indexname) FROM pg_indexes
     WHERE tablename = 'call_logs' AND indexname <> 'call_logs_pkey'" | psql -d dialer
sql "ALTER TABLE call_logs DISABLE TRIGGER ALL"
sql "SELECT format('ALTER TABLE call_logs ENABLE TRIGGER %I;', tgname) FROM pg_trigger
     WHERE tgrelid = 'call_logs'::regclass AND tgname LIKE 'count_call_logs%'" | psql -d dialer
# Calls of all users in the order of time, over two years. Three in five belong to a campaign, the others were placed by
# the user; one in ten came in.
step=500000
from=0
while [ "$from" -lt "$calls" ]; do
    to=$((from + step))
    [ "$to" -le "$calls" ] || to=$calls
    sql "
    CREATE FUNCTION pg_temp.uuid_of(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        \$\$ SELECT ('0195d3f0-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid \$\$;
    INSERT INTO call_logs (id, user_id, call_id, direction, from_number, to_number, status, duration, notes, campaign_id,
        contact_id, agent, agent_id, attempt, metadata, started_at, answered_at, ended_at, outcome, evidence, row_version,
        created_at, updated_at)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid,
        u.id, (100000000 + call.n)::text, CASE WHEN of_campaign OR dice % 4 > 0 THEN 'outbound' ELSE 'inbound' END,
        '+12125550' || 100 + u.n, '+1212' || 2000000 + contact, status,
        CASE status WHEN 'completed' THEN 20 + dice % 300 ELSE 0 END,
        CASE dice % 5 WHEN 0 THEN 'Asked to be called again about the offer' END,
        CASE WHEN of_campaign THEN pg_temp.uuid_of(2, campaign) END,
        CASE WHEN of_campaign THEN pg_temp.uuid_of(3, campaign * 500 + contact) END,
        (10000 + dice % 50)::text, CASE WHEN NOT of_campaign THEN u.id END, 1, '{}', at,
        CASE status WHEN 'completed' THEN at + interval '11 s' END, at + interval '40 s',
        CASE status WHEN 'answered' THEN 'completed' ELSE status END, 'record', 3, at, at + interval '41 s'
    FROM (SELECT n, hashint8(n) & 1073741823 AS dice, md5(n::text) AS h,
              now() - interval '2 years' * (1 - n::float8 / $calls) AS at,
              CASE WHEN (n * 7919) % $calls < $mine THEN 0 ELSE 1 + (hashint8(n + 7) & 1073741823) % $users END AS whose
          FROM generate_series($from::bigint, $to - 1) AS n) AS call
    JOIN load_users AS u ON u.n = whose,
    LATERAL (SELECT dice / 64 % 5 < 3 AS of_campaign, whose * 10 + dice / 1024 % 10 AS campaign, dice / 4096 % 500 AS contact,
        (ARRAY['completed', 'completed', 'completed', 'completed', 'no-answer', 'no-answer', 'no-answer', 'busy',
               'failed', 'canceled'])[1 + dice / 8192 % 10] AS status) AS drawn"
    from=$to
done
sql "ALTER TABLE call_logs ENABLE TRIGGER ALL; DROP TABLE load_users"
echo "$indexes" | PGOPTIONS="-c maintenance_work_mem=512MB" psql -d dialer
psql -d dialer -c "VACUUM ANALYZE" -c "CHECKPOINT"

counted=$(sql "SELECT count(*) FROM call_logs WHERE user_id = '$me' AND hidden_at IS NULL")
kept=$(sql "SELECT sum(n) FROM call_totals WHERE user_id = '$me'
    AND campaign_id = '00000000-0000-0000-0000-000000000000'")
echo "the asking user's calls: $counted counted, $kept by call_totals, $(sql "SELECT pg_size_pretty(pg_total_relation_size('call_logs'))") in all"

export DIALER__SERVER__WORKERS="${WORKERS:-2}"
start_dialer "$me"
campaign=0195d3f0-0002-7000-8000-000000000003

# What the program says to the database while it is asked the same thing 50 times: the statements that occur as often.
statements() {
    psql -d postgres -c "ALTER SYSTEM SET log_min_duration_statement = 0" -c "SELECT pg_reload_conf()" >/dev/null
    sleep 1
    wc -l <"$dir/pg.log" >"$dir/seen"
    n=0
    while [ "$n" -lt 50 ]; do
        ask -o /dev/null "$api$1" || true
        n=$((n + 1))
    done
    sleep 0.5
    psql -d postgres -c "ALTER SYSTEM RESET log_min_duration_statement" -c "SELECT pg_reload_conf()" >/dev/null
    tail -n +"$(($(cat "$dir/seen") + 1))" "$dir/pg.log" |
        sed -n 's/.*LOG:  duration: [0-9.]* ms  \(statement\|execute [^:]*\): */\1: /p' | sed 's/execute [^:]*/execute/' |
        cut -c 1-100 | sort | uniq -c | awk '$1 >= 50 { printf "    %.1f x ", $1 / 50; $1 = ""; print }'
}

measure() { # name, path and query
    case $1 in *"${ONLY:-}"*) ;; *) return 0 ;; esac
    total=$(ask "$api$2" | sed 's/.*"total":\([0-9]*\).*/\1/')
    wrk -t "$threads" -c "$connections" -d 2 -H "Authorization: Bearer $token" "$api$2" >/dev/null
    before=$(cpu_ms "$server")
    wrk -t "$threads" -c "$connections" -d "$seconds" --timeout 30 --latency -H "Authorization: Bearer $token" "$api$2" >"$dir/wrk"
    used=$(($(cpu_ms "$server") - before))
    ! grep -q 'Non-2xx' "$dir/wrk" || echo "$1: not every answer was good" >&2
    awk -v name="$1" -v used="$used" -v total="$total" '
        /requests in/ { requests = $1 }
        /Requests\/sec/ { rate = $2 }
        $1 == "50%" { p50 = $2 }
        $1 == "90%" { p90 = $2 }
        $1 == "99%" { p99 = $2 }
        END { printf "%-34s %9d %9.0f %9s %9s %9s %12s\n", name, total, rate, p50, p90, p99,
                  requests ? sprintf("%.3f", used / requests) : "-" }' "$dir/wrk"
}

printf '%-34s %9s %9s %9s %9s %9s %12s\n' question total requests/s p50 p90 p99 "CPU ms/req"
round=1
while [ "$round" -le "$rounds" ]; do
    measure "all" "/calls?limit=50"
    measure "status=completed" "/calls?limit=50&status=completed"
    measure "status=busy" "/calls?limit=50&status=busy"
    measure "status=ringing (none)" "/calls?limit=50&status=ringing"
    measure "direction=inbound" "/calls?limit=50&direction=inbound"
    measure "inbound and busy" "/calls?limit=50&direction=inbound&status=busy"
    measure "inbound and ringing (none)" "/calls?limit=50&direction=inbound&status=ringing"
    measure "campaign" "/calls?limit=50&campaign_id=$campaign"
    measure "campaign, busy" "/calls?limit=50&campaign_id=$campaign&status=busy"
    measure "campaign, inbound (none)" "/calls?limit=50&campaign_id=$campaign&direction=inbound"
    measure "all, from 10,000 on" "/calls?limit=50&offset=10000"
    measure "all, at nine tenths" "/calls?limit=50&offset=$((mine * 9 / 10))"
    round=$((round + 1))
done

echo "said to the database for one request of the list:"
statements "/calls?limit=50"

if [ -n "${HOLD:-}" ]; then
    echo "DATABASE_URL=$DATABASE_URL  api=$api  Authorization: Bearer $token" >&2
    read -r _
fi
