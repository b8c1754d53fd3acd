"""Cerebro's plugin for experiments: analysis, power, bandits and assignment."""
