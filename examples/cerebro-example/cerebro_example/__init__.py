"""A third party's plugin for Cerebro."""
