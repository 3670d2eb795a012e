"""The steps as Kubeflow components, in modules named as those of ``milkprice.steps``.

The source of a component's function is copied into the compiled pipeline. It therefore imports
in its body, uses nothing of its module, and has no branches, since no test would reach them.
"""
