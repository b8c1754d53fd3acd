"""Observational and quasi-experimental studies for Cerebro."""
