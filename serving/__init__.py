"""The predictor: models of a registry by KServe's protocols, started by ``python -m serving``.

errors, settings, logs      what the other modules may use
mounts                      files of Secrets and ConfigMaps, which change: public keys
payload                     a request's bytes to rows, predictions to bytes; pure
metrics, admission          what is counted; tokens and limits
models                      which model answers: loading, swapping, following an alias
http, grpc                  the two protocols
framework                   KServe's own application, for what is not ours
server                      all of it, KServe's part from the moment it is imported
options, __main__           the command line and the entry point
"""
