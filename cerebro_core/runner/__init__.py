"""Runs a script in a child process, within limits, into a run folder."""

from cerebro_core.runner.run import Run, run_script

__all__ = ["Run", "run_script"]
