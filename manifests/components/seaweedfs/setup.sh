#!/bin/sh
# Buckets and two users, beside the server that they are for. Run again, it changes nothing.
set -eu

ready=/tmp/ready

weed() { # `weed shell` succeeds whatever its commands do, so what matters is looked at afterwards
    printf '%s\n' "$1" | /usr/bin/weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888
}

has() { # whether a command's output names something
    weed "$1" | grep -q -w -e "$2"
}

bucket() {
    has s3.bucket.list "$1" || weed "s3.bucket.create -name $1"
    has s3.bucket.list "$1"
}

user() { # name, access key, secret key, buckets, actions
    weed "s3.configure -user $1 -access_key $2 -secret_key $3 -buckets $4 -actions $5 -apply" \
        > /dev/null
    has s3.configure "$2"
}

rm -f "$ready"
until wget -q -O /dev/null http://127.0.0.1:9000/status; do
    echo "waiting for SeaweedFS"
    sleep 2
done
for name in models data mlpipeline; do
    bucket "$name"
done
user pipelines "$PIPELINES_USER" "$PIPELINES_SECRET" models,data,mlpipeline Read,Write,List
user predictor "$PREDICTOR_USER" "$PREDICTOR_SECRET" models Read,List
touch "$ready"
echo "buckets and users are there"
trap 'exit 0' TERM
while :; do
    sleep 3600 &
    wait $!
done
