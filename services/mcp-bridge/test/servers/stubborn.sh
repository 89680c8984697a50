#!/bin/sh
# Ignores the end of its stdin and SIGTERM, and has a child of its own that does, too.
trap '' TERM
sh -c 'trap "" TERM; while :; do sleep 1; done' &
while IFS= read -r line; do
  id=${line##*'"id":'}; id=${id%%[,\}]*}
  printf '{"jsonrpc":"2.0","id":%s,"result":{"pid":%s,"grandchild":%s}}\n' "$id" "$$" "$!"
done
while :; do sleep 1; done
