"""The predictor: models of a registry behind KServe's server, started by ``python -m serving``.

errors, settings, logs     what the rest may use
payload                    a request's bytes to rows, an answer to bytes; pure
metrics                    what is counted
models                     which model answers: loading, swapping, following an alias
http, grpc                 the two ways in
server                     KServe's server with all of it
__main__                   the entry point
"""
