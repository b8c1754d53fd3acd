"""The saved posterior: all that a later budget, forecast or comparison needs, without the table and without a fit."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import numpy as np

from cerebro_mmm.blocks.fitting import Fit
from cerebro_mmm.blocks.posterior import thin_posterior
from cerebro_mmm.blocks.preprocessing import Prepared

FORMAT = 3
SAVED_DRAWS = 1000
PANEL_SAVED_DRAWS = 200


def saved_posterior(prepared: Prepared, fit: Fit) -> bytes:
    """The draws and the rows as a compressed NumPy archive ; no code, no pickles.

    Draws stay float64, so that a later answer is the same to the last digit.

    `facts` is JSON: format, channels, regions, forms with their order, parameter members, the baseline's recipe and
    columns. `FORM.PARAMETER` are draws (draws, members); the others are the arrays of `Prepared` of these names.
    """
    posterior = thin_posterior(fit.posterior, SAVED_DRAWS if len(prepared.regions) == 1 else PANEL_SAVED_DRAWS)
    forms: list[dict[str, object]] = []
    arrays: dict[str, np.ndarray] = {}
    for number, part in enumerate(posterior.parts):
        form = part.problem.form
        forms.append(
            {
                "name": form.name,
                "adstock": form.adstock.__name__,
                "saturation": form.saturation.__name__,
                "saturate_first": form.saturate_first,
                "draws": len(part.samples["noise"]),
            }
        )
        arrays |= {f"{number}.{name}": values for name, values in part.samples.items()}
    facts = {
        "format": FORMAT,
        "channels": prepared.channels,
        "regions": prepared.regions,
        "forms": forms,
        "recipe": asdict(prepared.recipe),
        "names": prepared.names,
        "groups": prepared.groups,
        "noise_scale": prepared.noise_scale,
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        facts=np.array(json.dumps(facts)),
        dates=prepared.dates.astype("datetime64[D]").astype("int64"),
        row_outcome=prepared.row_outcome,
        row_scale=prepared.row_scale,
        row_spend=prepared.row_spend,
        row_worth=prepared.row_worth,
        typical=prepared.typical,
        typical_reach=prepared.typical_reach,
        exposure=prepared.exposure,
        reached=prepared.reached,
        by_reach=prepared.by_reach,
        window=prepared.window.astype(np.int32),
        lags=prepared.lags,
        design=prepared.design,
        waves=prepared.waves,
        prior_mean=prepared.prior_mean,
        prior_sd=prepared.prior_sd,
        coefficients=posterior.coefficients,
        contributions=posterior.contributions.sum(axis=2).astype(np.float32),
        noise=posterior.noise,
        **arrays,
    )
    return buffer.getvalue()
