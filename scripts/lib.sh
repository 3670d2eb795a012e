# shellcheck shell=bash
# What the scripts share: where we are, what is missing, waiting, and saying why it failed.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
PATH=$PWD/.tools/bin:$PATH

# Read by the scripts that source this file.
# shellcheck disable=SC2034
milkprice=$PWD/.venv/bin/milkprice
# shellcheck disable=SC2034
namespace=milkprice kubeflow=kubeflow service=milk-price cluster=${KIND_CLUSTER:-milkprice}
forwards=() explained=()

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# need docker kind kubectl: go on only if all are there, else say at once what is missing.
need() {
    local program missing=0
    for program; do
        command -v "$program" > /dev/null && continue
        missing=1
        say "missing: $program. $(how_to_get "$program")"
    done
    [ "$missing" = 0 ] || exit 1
}

need_engine() {
    docker info > /dev/null 2>&1 || fail "Docker is installed, but its engine does not answer." \
        "Start Docker Desktop, or: sudo systemctl start docker; and see that you may use it:" \
        "sudo usermod -aG docker \"\$USER\", then log in again."
}

need_cluster() {
    need kubectl
    kubectl get --raw /readyz > /dev/null 2>&1 ||
        fail "kubectl reaches no cluster ($(kubectl config current-context 2>&1))." \
            "Make one with: make kind-up; or choose one with: kubectl config use-context NAME"
}

how_to_get() {
    case $1 in
        docker) echo "Install Docker: https://docs.docker.com/engine/install/ (Debian, Ubuntu:" \
            "sudo apt-get install docker.io; macOS: brew install --cask docker)" ;;
        kind) echo "Install kind: go install sigs.k8s.io/kind@v0.32.0, or make tools" \
            "(macOS: brew install kind; else https://kind.sigs.k8s.io/docs/user/quick-start/)" ;;
        kubectl) echo "Install kubectl: https://kubernetes.io/docs/tasks/tools/" \
            "(macOS: brew install kubectl; Ubuntu: sudo snap install kubectl --classic)" ;;
        *) echo "Install it with your package manager (Debian, Ubuntu: sudo apt-get install $1;" \
            "macOS: brew install $1)" ;;
    esac
}

# wait_for 'the pods' 300 command...: run the command again and again until it succeeds.
wait_for() {
    local what=$1 seconds=$2 start=$SECONDS report=0
    shift 2
    until "$@" > /dev/null 2>&1; do
        if ((SECONDS - start >= seconds)); then
            say "$what: not within $seconds s. The last try said:"
            "$@" >&2 || true
            return 1
        fi
        if ((SECONDS - start >= report)); then
            say "waiting for $what, $((SECONDS - start)) s ..."
            report=$((report + 15))
        fi
        sleep 2
    done
    say "$what: there, after $((SECONDS - start)) s"
}

# rolled_out NAMESPACE KIND/NAME: whether all its pods are of the latest kind and ready.
rolled_out() { kubectl -n "$1" rollout status "$2" --timeout=1s; }

# wait_for_all NAMESPACE SECONDS: every Deployment and StatefulSet of it that is to have pods.
wait_for_all() {
    local workload
    for workload in $(kubectl -n "$1" get deployments,statefulsets -o name); do
        wait_for "$1 ${workload#*/}" "$2" rolled_out "$1" "$workload"
    done
}

apply() { kubectl apply --server-side --force-conflicts --field-manager=milkprice "$@"; }

# explain NAMESPACE...: pods that are not well, what happened, what they said last.
explain() {
    local space pod
    for space; do
        kubectl get namespace "$space" > /dev/null 2>&1 || continue
        say "--- $space: pods"
        kubectl -n "$space" get pods -o wide >&2 || true
        say "--- $space: latest events"
        kubectl -n "$space" get events --sort-by=.lastTimestamp 2> /dev/null | tail -n 20 >&2
        for pod in $(unwell "$space"); do
            say "--- $space: logs of $pod"
            kubectl -n "$space" logs "$pod" --all-containers --prefix --tail=30 >&2 || true
            kubectl -n "$space" logs "$pod" --all-containers --prefix --tail=30 --previous \
                2> /dev/null >&2 || true
        done
    done
}

# unwell NAMESPACE: names of the pods that neither run with all containers ready nor ended well.
unwell() {
    kubectl -n "$1" get pods --no-headers 2> /dev/null |
        awk '{ split($2, ready, "/") }
            $3 != "Completed" && ($3 != "Running" || ready[1] != ready[2]) { print $1 }'
}

# finish, on EXIT: close what was opened; after a failure explain the namespaces in $explained.
finish() {
    local status=$?
    set +e
    close_forwards
    [ "$status" = 0 ] || explain ${explained[@]+"${explained[@]}"}
    exit "$status"
}

# forward NAMESPACE SERVICE PORT: open a port on this machine; its number is then in $forwarded.
forward() {
    local said process
    said=$(mktemp)
    set -m # out of reach of Ctrl-C, after which things are put back through it
    kubectl -n "$1" port-forward --address 127.0.0.1 "service/$2" ":$3" > "$said" 2>&1 &
    process=$!
    set +m
    forwards+=("$process")
    for _ in $(seq 100); do
        forwarded=$(sed -n 's/^Forwarding from 127.0.0.1:\([0-9]*\) .*/\1/p' "$said")
        [ -z "$forwarded" ] || break
        kill -0 "$process" 2> /dev/null || break
        sleep 0.1
    done
    [ -n "$forwarded" ] || fail "no way to $2 in $1: $(cat "$said")"
    rm -f "$said"
}

close_forwards() {
    local process
    for process in ${forwards[@]+"${forwards[@]}"}; do
        kill "$process" 2> /dev/null || true
    done
}

# reach_kubeflow: have KF_PIPELINES_ENDPOINT, by a forwarded port where none is set.
reach_kubeflow() {
    [ -z "${KF_PIPELINES_ENDPOINT:-}" ] || return 0
    need_cluster
    forward "$kubeflow" ml-pipeline 8888
    export KF_PIPELINES_ENDPOINT=http://127.0.0.1:$forwarded
}

# reach_store: have the AWS_* variables, from the cluster's Secret where none are set.
reach_store() {
    [ -z "${AWS_ACCESS_KEY_ID:-}" ] || return 0
    local name
    need_cluster
    for name in AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL AWS_REGION; do
        export "$name=$(kubectl -n "$namespace" get secret milkprice-store \
            -o "go-template={{index .data \"$name\" | base64decode}}" 2> /dev/null || true)"
    done
    [ -n "${AWS_ACCESS_KEY_ID:-}" ] ||
        fail "neither AWS_ACCESS_KEY_ID is set nor is there a Secret milkprice-store in $namespace"
    case $AWS_ENDPOINT_URL in
        http://minio."$namespace".*)
            forward "$namespace" minio 9000
            export AWS_ENDPOINT_URL=http://127.0.0.1:$forwarded
            ;;
    esac
}

# reach_predictor: have URL, by a forwarded port where none is set.
reach_predictor() {
    [ -z "${URL:-}" ] || return 0
    need_cluster
    forward "$namespace" "$service-predictor" 80
    export URL=http://127.0.0.1:$forwarded
}

# by_node SERVICE PORT HOSTPORT: address of a NodePort, on kind by the host's port it is mapped to.
by_node() {
    local port host
    port=$(kubectl -n "$namespace" get service "$1" --ignore-not-found \
        -o "jsonpath={.spec.ports[?(@.name=='$2')].nodePort}")
    [ -n "$port" ] || return 0
    case $(kubectl config current-context) in
        kind-*) host=127.0.0.1 port=$3 ;;
        *) host=$(kubectl get nodes \
            -o 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}') ;;
    esac
    echo "http://$host:$port"
}

pipeline_image() { .venv/bin/python -c 'from components.image import image; print(image())'; }
predictor_image() { .venv/bin/python -c 'from serving.image import image; print(image())'; }
