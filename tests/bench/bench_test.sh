#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The bench says why it has no figures, and has all of them otherwise. How
# good they are is not asked here.
. "$(dirname "$0")/../federation/fed.sh"

# Sanitized or unoptimized: the first thing it sees, and nothing else runs.
said=$("$BUILD/bench/probe" "$BUILD" 2>&1 >/dev/null) || case $said in
*'this is a build with'*)
	ok "$said"
	exit 0
	;;
esac

run=(env "BENCH_OUT=$BUILD/bench/test.json" BENCH_SECONDS=0.2 BENCH_ROUNDS=1)
want 1 'BENCH_SECONDS: found "abc", expected seconds' \
    env BENCH_SECONDS=abc "$top/tests/bench/run"
want 1 'BENCH_SECONDS: found "0.0"' env BENCH_SECONDS=0.0 "$top/tests/bench/run"
want 1 'BENCH_ROUNDS: found "0", expected 1 to 200' \
    env BENCH_ROUNDS=0 "$top/tests/bench/run"

# One round of each side, two of one: what the report says of the spread.
round='{"per_second": 100}'
want 0 'ratio 1.00 (one round: no spread)' "$BUILD/bench/report" /dev/null \
    < <(echo "pair floor $round"; echo "pair real $round")
want 0 'ratio 1.00 (1.00 to 1.00)' "$BUILD/bench/report" /dev/null \
    < <(for i in 1 2; do echo "pair floor $round"; echo "pair real $round"; done)

want 1 'No such file' "${run[@]}" BENCH_DIR=/nonexistent "$top/tests/bench/run"
want 1 'LD_PRELOAD is set' env LD_PRELOAD=libm.so.6 "$BUILD/bench/probe" "$BUILD"
if [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
	want 1 'a tmpfs, nothing there is durable' \
	    "${run[@]}" BENCH_DIR=/dev/shm "$top/tests/bench/run"
	[ ! -e "$BUILD/bench/test.json" ] || no 'figures were left'
fi
if [ -n "$said" ]; then
	ok "not measured here: $said"
	exit 0
fi
want 0 'saturated pair' "${run[@]}" "$top/tests/bench/run"
for name in '"ratio"' '"p50_ratio"' '"server_cpu_us"' '"median_ns"' \
    '"p99_ns"' '"commit"' '"cores"' '"kernel"' '"type"' '"raw"'; do
	grep -q "$name" "$BUILD/bench/test.json" || no "$name is missing"
done
rm -f "$BUILD/bench/test.json"
