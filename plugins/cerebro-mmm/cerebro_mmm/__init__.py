"""Cerebro's plugin for marketing mix models."""
