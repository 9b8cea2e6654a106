#!/bin/sh
# Count INPUT in N shards, JOBS of them at a time, and merge them: the profiles are those of one count of it all.
#
#   sh count-shards.sh N JOBS PROFILES INPUT...
#
# GNU parallel runs the shards where it is installed, else xargs does. Started again after a failure, it counts only the
# shards that are not finished. Shards lie in PROFILES.parts, which is no longer needed when they are merged.
set -eu
if [ $# -lt 4 ]; then
    sed -n '2,4s/^# *//p' "$0"
    exit 2
fi
n=$1 jobs=$2 out=$3
shift 3
parts=$out.parts
mkdir -p "$parts"

# A shard is finished when its marker is there; --resume keeps the profiles of one that was broken off.
count_one='
    i=$1 n=$2 parts=$3
    shift 3
    [ -e "$parts/$i.done" ] && exit 0
    fastslop count "$@" --shard "$i/$n" -o "$parts/$i" --resume >"$parts/$i.log" 2>&1 && touch "$parts/$i.done" || {
        tail -n 3 "$parts/$i.log" >&2
        exit 1
    }
'
shards=$(seq 0 $((n - 1)))
if command -v parallel >/dev/null; then
    echo "$shards" | parallel --quote --jobs "$jobs" --halt soon,fail=1 sh -c "$count_one" count {} "$n" "$parts" "$@"
else
    echo "$shards" | xargs -P "$jobs" -I '{}' sh -c "$count_one" count '{}' "$n" "$parts" "$@"
fi
fastslop merge "$parts"/*/ -o "$out"
