"""The steps as Kubeflow components, one per file.

The source of a component's function is copied into the compiled pipeline. It therefore imports
in its body, uses nothing of its module, and has no branches, since no test would reach them.
"""
