"""The agent of observational and quasi-experimental studies."""
