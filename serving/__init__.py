"""The predictor: models of a registry behind KServe's server, started by ``python -m serving``.

errors, settings, logs      what the other modules may use
payload                     a request's bytes to rows, predictions to bytes; pure
metrics, admission          what is counted; tokens and limits
models                      which model answers: loading, swapping, following an alias
http, grpc                  the two protocols
server                      KServe's server with all of it
options, __main__           the command line and the entry point
"""
