"""The steps as Kubeflow components, one a file: ``ls`` is the graph.

A component's text travels alone into the compiled pipeline, so it imports inside its body and
uses nothing of its module but the arguments; and it decides nothing, since nothing could test it
there.
"""
