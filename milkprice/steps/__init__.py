"""The pipelines' steps: each reads files, calls one stage or room and writes files.

A step has the arguments of its component, which describes them, and returns the metadata of what
it wrote. It knows nothing of the system that runs it.
"""
