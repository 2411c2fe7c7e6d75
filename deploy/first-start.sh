#!/bin/sh
# The secrets of a compose yard: made at its first start, in its own volume, never changed by a later one.
set -eu
umask 027
folder=${1:?the folder of the secrets}

random() {
  head -c 30 /dev/urandom | base64 | tr '+/' '-_'
}

# Each file appears whole or not at all: a start that was cut short is made up for by the next one.
if [ ! -e "$folder/yard.env" ]; then
  {
    echo "REDIS_PASSWORD=$(random)"
    echo "AWS_ACCESS_KEY_ID=trainyard"
    echo "AWS_SECRET_ACCESS_KEY=$(random)"
  } > "$folder/yard.env.new"
  mv "$folder/yard.env.new" "$folder/yard.env"
fi

if [ ! -e "$folder/grafana-password" ]; then
  random | tr -d '\n' > "$folder/grafana-password.new"
  mv "$folder/grafana-password.new" "$folder/grafana-password"
fi

if [ ! -e "$folder/keys.json" ]; then
  echo 'The key of the admin. It is shown this once; only its hash is kept:'
  node dist/api/key.js --name admin --role admin --file "$folder/keys.json"
fi
