#!/bin/sh
# Makes a snapshot (dump.rdb, by standard input) the beginning of the append-only file of a Redis that is not running:
# a Redis with an append-only file reads no dump.rdb. Both are checked before anything is in its place.
set -eu
folder=${1:?the folder of Redis: /data in its container}
place=$folder/appendonlydir
draft=$folder/appendonlydir.new

if [ -e "$place" ]; then
  echo "$place is there already: this is for an empty folder. Move it away first." >&2
  exit 1
fi
rm -rf "$draft"
mkdir -p "$draft"
base=$draft/appendonly.aof.1.base.rdb
cat > "$draft/snapshot"
checked=$(redis-check-rdb "$draft/snapshot") || { echo "$checked" >&2; exit 1; }
# redis-cli --rdb - leaves the 40 bytes by which the server marks the end of its stream, and no append-only file may hold them.
length=$(echo "$checked" | sed -n 's/^\[offset \([0-9]*\)\].*RDB looks OK.*/\1/p')
head -c "$length" "$draft/snapshot" > "$base"
rm "$draft/snapshot"
echo 'file appendonly.aof.1.base.rdb seq 1 type b' > "$draft/appendonly.aof.manifest"
redis-check-aof "$draft/appendonly.aof.manifest"
mv "$draft" "$place"
