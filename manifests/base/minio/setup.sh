#!/bin/sh
# Buckets, and two users who may do what their policy says. Run again, it changes nothing.
set -eu

here=$(dirname "$0")

sign_in() {
    printf '%s\n%s\n' "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" | mc alias set store "$MINIO_URL"
}

user() { # the policy, the user's name and secret
    mc admin policy create store "$1" "$here/$1.json"
    printf '%s\n%s\n' "$2" "$3" | mc admin user add store
    mc admin policy attach store "$1" --user "$2"
}

until sign_in; do
    echo "waiting for $MINIO_URL"
    sleep 2
done
mc mb --ignore-existing store/models store/data store/mlpipeline
user pipelines "$PIPELINES_USER" "$PIPELINES_SECRET"
user predictor "$PREDICTOR_USER" "$PREDICTOR_SECRET"
