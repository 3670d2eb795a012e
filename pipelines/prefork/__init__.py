"""A Python that has imported everything when it begins, for steps that run as processes.

Started as Python starts, a step spends up to 1.5 s on imports and hundredths of a second on work.
So one process imports what steps need and is forked for each of them. Nothing else changes:
Kubeflow's runner has the compiled file's own command run by a shell; where that names a Python
stands ``client.py``, which hands arguments, environment, folder and streams to a fork and ends
as that does.
"""

from pipelines.prefork.process import preforked_python

__all__ = ["preforked_python"]
