"""What each step of the pipelines does: files in, files out, facts for the record.

A step reads what earlier steps wrote, calls the library, writes, and returns the facts that are
kept beside its output. It knows nothing of the system that runs it.
"""
