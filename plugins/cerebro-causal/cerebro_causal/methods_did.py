"""Difference in differences, as the core lists it. Light: code is named by string."""

from __future__ import annotations

from cerebro_core.method import Method

METHODS: tuple[Method, ...] = ()
