#!/bin/sh
# Answers every line that has an id with the same id, for tests that need many children at little cost.
while IFS= read -r line; do
  case $line in
    *'"id":'*) id=${line##*'"id":'}; id=${id%%[,\}]*}; printf '{"jsonrpc":"2.0","id":%s,"result":{"pid":%s}}\n' "$id" "$$" ;;
  esac
done
