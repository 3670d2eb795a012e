"""The body of a request to checked rows, a result to the body of a response; pure, and fast.

schema        the columns of a model, and a client's names for them
strict_json   JSON without duplicate keys
rows          JSON rows to numbers
tensors       datatypes, shapes and bytes of the second protocol
infer         tensors to rows
result        predictions and out-of-range values
forecasts     forecasts by month
v1, legacy    the protocols that carry JSON rows
events        CloudEvents around the first of them
v2, grpc      the second protocol by REST and by gRPC
"""
