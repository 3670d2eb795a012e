"""A prefork server for steps that run as processes: it imports once and forks for each step.

Started as Python starts, a step spends up to 1.5 s on imports and hundredths of a second on work.
Kubeflow's local runner has a shell run each step's command; the command's Python is replaced by
``client.py``, which sends arguments, environment, folder and streams to the server and exits with
the status of the fork.
"""

from pipelines.prefork.process import prefork_server

__all__ = ["prefork_server"]
