#!/bin/sh
# The secrets of a compose yard: made at its first start, each in a volume of its own, never changed by a later one.
set -eu
umask 027
folder=${1:?the folder of the secrets}
for part in redis s3 api grafana; do
  mkdir -p "$folder/$part"
done

random() {
  head -c 30 /dev/urandom | base64 | tr '+/' '-_'
}

# A file appears whole or not at all: a start that was cut short is made up for by the next one.
keep() {
  if [ ! -e "$folder/$1" ]; then
    cat > "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
  fi
}

echo "REDIS_PASSWORD=$(random)" | keep redis/redis.env
printf 'AWS_ACCESS_KEY_ID=trainyard\nAWS_SECRET_ACCESS_KEY=%s\n' "$(random)" | keep s3/s3.env
random | tr -d '\n' | keep grafana/password

if [ ! -e "$folder/api/keys.json" ]; then
  echo 'The key of the admin. It is shown this once; only its hash is kept:'
  node dist/api/key.js --name admin --role admin --file "$folder/api/keys.json"
fi
