"""Settings of the method that the domain's own spec does not have; they become flags of `cerebro mmm`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class NeweyWestOptions(BaseModel):
    """Options of `mmm/newey-west`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    carryover: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of a row's effect that carries over to the next row."""
    hac_lags: Annotated[int | None, Field(ge=0, le=365)] = None
    """Rows over which errors may be correlated; by default as many as the number of rows suggests."""
