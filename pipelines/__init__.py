"""The pipelines: wiring only; what a step does is in the library, what it is in components."""
