"""Requirements of what a script imports."""

from __future__ import annotations

from collections.abc import Collection

from cerebro_core.errors import LinkError


def combined(stated: Collection[str]) -> str:
    """One PEP 508 requirement that means all of those stated for one import name.

    Raises:
        LinkError: where they cannot be met by one line.
    """
    if len(stated) == 1:
        return next(iter(stated))
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    ordered = sorted(stated)
    try:
        parsed = [Requirement(one) for one in ordered]
    except InvalidRequirement as error:
        raise LinkError(f"requirement {ordered}: {error}; correct it in the method's `requires`") from None
    same = len({canonicalize_name(one.name) for one in parsed}) == 1
    if not same or any(one.url or one.marker for one in parsed):
        raise LinkError(f"requirements {ordered} cannot be one; state one of them in the method's `requires`")
    first = parsed[0]
    for other in parsed[1:]:
        first.specifier &= other.specifier
        first.extras |= other.extras
    return str(first)
