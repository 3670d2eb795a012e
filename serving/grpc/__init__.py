"""gRPC: the Open Inference Protocol's service over the same models."""
