#!/bin/bash
# run.sh CASE PROGRAMS: runs CASE/cmd in an empty folder, with the folder PROGRAMS in front of PATH,
# and holds what it prints and its exit status to CASE/out, CASE/err and CASE/exit (absent: nothing,
# nothing, 0). In out and err, <*> stands for any text. Exit status 77 skips the test.
set -uo pipefail
case=$(cd "$1" && pwd)
export PATH=$2:$PATH CASE=$case LC_ALL=C.UTF-8
unset NO_COLOR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here" && cd "$work/here" || exit 1

# measured FILE WORDS...: what `slipway bench WORDS... --json` prints, once the median is known. On a
# busy machine neighbours may be so alike that some hundred samples say nothing of it.
measured() {
  local to=$1 i
  shift
  for ((i = 0; i < 50; i++)); do
    slipway bench "$@" --json -q > "$to" || return
    json latency_ms.p50 < "$to" | grep -q null || return 0
  done
}
export -f measured

bash "$case/cmd" >"$work/out" 2>"$work/err" </dev/null
status=$?
[ $status != 77 ] || { cat "$work/err"; exit 77; }

# matches EXPECTED ACTUAL: compares text, <*> being a wildcard.
matches() {
  local pattern
  pattern=$(sed -e 's/[][\\*?()|!@+]/\\&/g' -e 's/<\\\*>/*/g' "$1" && echo x)
  # shellcheck disable=SC2053
  [[ "$(cat "$2" && echo x)" == ${pattern} ]]
}

failed=0
for stream in out err; do
  expected=$case/$stream
  [ -f "$expected" ] || expected=/dev/null
  if ! matches "$expected" "$work/$stream"; then
    echo "--- what stands in $stream, +++ what was printed"
    diff -u "$expected" "$work/$stream"
    failed=1
  fi
done
expected=0
[ ! -f "$case/exit" ] || expected=$(cat "$case/exit")
if [ "$status" != "$expected" ]; then
  echo "exit status $status, expected $expected"
  cat "$work/err"
  failed=1
fi
exit $failed
