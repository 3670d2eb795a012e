"""A request's bytes to checked rows, an answer to bytes; pure, and quick where it matters.

schema       the columns a model needs, in its order
numbers      numbers or not: the check all rows pass
text         strict JSON
columns      a client's names to the model's columns
rows         rows as JSON has them: objects or lists
v1, legacy   the protocols that carry such rows
tensors      tensors: their types, shapes and data
binary       tensors as bytes behind the JSON
frames       tensors to rows
infer        what REST and gRPC requests of the second protocol have in common
v2, grpc     the second protocol in both its forms
answer       what is answered
ranges       values unlike those learnt from
"""
