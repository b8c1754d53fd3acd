"""A saved posterior read back: the rows and draws of a run, without its table and without a fit."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_mmm.blocks import adstock, saturation
from cerebro_mmm.blocks.baseline import Recipe
from cerebro_mmm.blocks.forms import Form
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.posterior import Part, Posterior
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.saved import FORMAT

POSTERIOR_FILE = "posterior.npz"
LARGEST = 2**30
"""Bytes that the arrays of an archive may take in memory."""

ADSTOCKS = {
    form.__name__: form
    for form in (
        adstock.geometric_adstock,
        adstock.delayed_adstock,
        adstock.weibull_pdf_adstock,
        adstock.weibull_cdf_adstock,
    )
}
SATURATIONS = {form.__name__: form for form in (saturation.hill, saturation.logistic)}


@dataclass(frozen=True)
class Restored:
    """What a run knew.

    Attributes:
        prepared: its rows.
        posterior: its draws; contributions, returns and baseline are added up anew from these.
    """

    prepared: Prepared
    posterior: Posterior


def read_posterior(path: Path) -> Restored:
    """Read `posterior.npz`; no pickle is loaded and no code of it is run.

    Raises:
        SpecError: there is no such file, it is no saved posterior, of another format, or damaged.
    """
    shown = display(path, 400)
    try:
        arrays = _arrays(path)
    except FileNotFoundError:
        raise SpecError(
            f"no {POSTERIOR_FILE} in {display(path.parent, 400)}; name the run folder of a marketing mix model"
        ) from None
    except (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise SpecError(
            f"{shown}: is no posterior that `cerebro mmm` saved, or is damaged ({display(error, 120)}); run the script "
            "again"
        ) from None
    try:
        facts = json.loads(str(arrays["facts"]))
        version = facts["format"]
    except (KeyError, TypeError, ValueError):
        raise SpecError(f"{shown}: is no posterior that `cerebro mmm` saved; run the script again") from None
    if version != FORMAT:
        raise SpecError(
            f"{shown}: is of format {display(version, 20)}, and this cerebro-mmm reads format {FORMAT}; generate the "
            "script again with this version and run it"
        )
    try:
        with np.errstate(all="ignore"):
            restored = _restored(arrays, facts)
        _check(restored)
    except SpecError as error:
        raise SpecError(f"{shown}: {error}") from None
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError) as error:
        raise SpecError(f"{shown}: is damaged ({display(error, 120)}); run the script again") from None
    return restored


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > LARGEST:
            raise ValueError("it is too large")
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _restored(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Restored:
    prepared = _prepared(arrays, facts)
    parts = tuple(_part(arrays, number, form, prepared) for number, form in enumerate(facts["forms"]))
    return Restored(prepared, _posterior(arrays, prepared, parts))


def _prepared(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Prepared:
    dates = arrays["dates"].astype("datetime64[D]")
    regions = tuple(facts["regions"])
    recipe = facts["recipe"]
    listed = {key: tuple(tuple(item) for item in recipe[key]) for key in ("controls", "events")}
    listed |= {key: tuple(recipe[key]) for key in ("holidays", "regions")}
    return Prepared(
        dates=dates,
        regions=regions,
        region=np.repeat(np.arange(len(regions)), len(dates)),
        channels=tuple(facts["channels"]),
        recipe=Recipe(**{**recipe, **listed}),
        names=tuple(facts["names"]),
        groups=tuple(facts["groups"]),
        noise_scale=float(facts["noise_scale"]),
        train=np.ones(len(dates), bool),
        decisions=(),
        **{
            name: arrays[name]
            for name in (
                "row_outcome",
                "row_scale",
                "row_spend",
                "row_worth",
                "typical",
                "typical_reach",
                "exposure",
                "reached",
                "by_reach",
                "window",
                "lags",
                "design",
                "waves",
                "prior_mean",
                "prior_sd",
            )
        },
    )


def _part(arrays: Mapping[str, np.ndarray], number: int, facts: Mapping[str, Any], prepared: Prepared) -> Part:
    if facts["adstock"] not in ADSTOCKS or facts["saturation"] not in SATURATIONS:
        raise SpecError(
            f"this cerebro-mmm does not know the form {display(facts['adstock'], 40)} with "
            f"{display(facts['saturation'], 40)}; use the version that wrote it"
        )
    form = Form(
        str(facts["name"]),
        ADSTOCKS[facts["adstock"]],
        SATURATIONS[facts["saturation"]],
        bool(facts["saturate_first"]),
    )
    head = f"{number}."
    samples = {
        name.removeprefix(head): values.astype(float) for name, values in arrays.items() if name.startswith(head)
    }
    if any(values.ndim != 2 or len(values) != facts["draws"] for values in samples.values()):
        raise ValueError("draws of different length")
    return Part(Problem(prepared, form, {}, {}, {}, {}), samples)


def _posterior(arrays: Mapping[str, np.ndarray], prepared: Prepared, parts: tuple[Part, ...]) -> Posterior:
    sold = [part.effects(prepared.exposure, prepared.reached, prepared.window) * prepared.row_scale for part in parts]
    drawn = arrays["coefficients"].astype(float)
    return Posterior(
        parts=parts,
        coefficients=drawn,
        contributions=np.concatenate([prepared.over_regions(one) for one in sold]),
        by_region=np.concatenate(
            [one.reshape((*one.shape[:2], len(prepared.regions), -1)).sum(axis=-1) for one in sold]
        ),
        revenue=np.concatenate([one @ prepared.row_worth for one in sold]),
        baseline=prepared.over_regions(drawn @ prepared.design.T * prepared.row_scale),
        noise=arrays["noise"].astype(float),
    )


def _check(restored: Restored) -> None:
    """Refuse what does not fit together.

    Raises:
        ValueError: naming it.
    """
    prepared, posterior = restored.prepared, restored.posterior
    rows, columns, draws = len(prepared.region), len(prepared.names), len(posterior.noise)
    wanted = {
        "spend": (prepared.row_spend.shape, (len(prepared.channels), rows)),
        "outcome": (prepared.row_outcome.shape, (rows,)),
        "design": (prepared.design.shape, (rows, columns)),
        "coefficients": (posterior.coefficients.shape, (draws, columns)),
        "contributions": (posterior.contributions.shape[:2], (draws, len(prepared.channels))),
    }
    for name, (found, right) in wanted.items():
        if found != right or draws == 0:
            raise ValueError(f"{name} has shape {found}, not {right}")
    for name, values in (("baseline", posterior.baseline), ("contributions", posterior.contributions)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is not finite")
