"""The quasi-experimental methods, as the core lists them. Light: code is named by string."""

from __future__ import annotations

from cerebro_core.method import Method

METHODS: tuple[Method, ...] = ()
