"""What all contracts share: a check is inherited as it is, or dropped with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Contract:
    """A class of checks that a plugin's author subclasses."""

    def test_no_check_is_dropped_without_a_reason(self) -> None:
        """Every inherited check is in place, or overridden with `pytest.mark.xfail(reason=...)`."""
        author = type(self)
        for mark in getattr(author, "pytestmark", []):
            assert mark.name not in ("skip", "skipif", "xfail"), f"{author.__name__}: mark single checks, not the class"
        for name, original in inherited_checks(author):
            current = getattr(author, name)
            if current is not original:
                reasons = [
                    mark.kwargs.get("reason") for mark in getattr(current, "pytestmark", []) if mark.name == "xfail"
                ]
                assert any(reasons), (
                    f"{author.__name__}.{name} replaces a check of the contract; mark it "
                    "`@pytest.mark.xfail(reason=...)` and call super(), or remove it"
                )


def inherited_checks(author: type) -> Iterator[tuple[str, Any]]:
    """Name and function of each check that the contract classes define; the nearest class's where several do."""
    found: dict[str, Any] = {}
    for base in author.__mro__:
        if base.__module__.startswith("cerebro_core.testing."):
            found = {name: value for name, value in vars(base).items() if name.startswith("test_")} | found
    yield from found.items()
