"""The marketing mix model in Stan: one program for every combination; what is not used has size zero."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from cerebro_mmm.blocks.modeling import Problem

# The names of all parameters of the program, and the family of each one's prior there.
STAN_FAMILIES = MappingProxyType(
    {
        "effect": "halfnormal",
        "retention": "beta",
        "peak": "gamma",
        "scale": "lognormal",
        "shape": "lognormal",
        "half_saturation": "lognormal",
        "slope": "lognormal",
        "rate": "lognormal",
        "noise": "halfnormal",
        "spread": "halfnormal",
        "region": "normal",
        "level_sd": "halfnormal",
        "smooth_sd": "halfnormal",
        "smooth_length": "lognormal",
    }
)

ADSTOCKS = ("geometric_adstock", "delayed_adstock", "weibull_pdf_adstock", "weibull_cdf_adstock")
SATURATIONS = ("hill", "logistic")

STAN_PROGRAM = """
functions {
  // Weights of the lags 0, 1, ..., which sum to one. Kinds: 1 geometric, 2 delayed, 3 Weibull density, 4 Weibull decay.
  vector adstock_weights(int kind, vector lags, real first, real second) {
    int count = rows(lags);
    vector[count] weights;
    if (kind == 1) {
      weights = pow(first, lags);
    } else if (kind == 2) {
      weights = pow(first, square(lags - second));
    } else if (kind == 3) {
      vector[count] time = (lags + 1) / first;
      weights = pow(time, second - 1) .* exp(-pow(time, second));
    } else {
      weights = append_row(1.0, exp(-cumulative_sum(pow(lags[2:count] / first, second))));
    }
    return weights / (sum(weights) + 1e-300);
  }
  // The response to exposure. Kinds: 1 Hill, 2 logistic.
  vector response(int kind, vector exposure, real first, real second) {
    if (kind == 1) {
      vector[rows(exposure)] raised = pow(exposure + 1e-30, second);
      return raised ./ (raised + pow(first, second));
    }
    return tanh(0.5 * first * exposure);
  }
  // Response of all rows: the saturation of the adstock or, with `early`, the adstock of the saturation.
  vector carried_response(int early, int curve, matrix lagged, matrix reached, vector weights,
                          real first, real second) {
    if (early == 0) {
      return response(curve, lagged * weights, first, second);
    }
    int count = rows(lagged);
    int lags = cols(lagged);
    matrix[count, lags] by_row = to_matrix(response(curve, to_vector(lagged), first, second), count, lags);
    if (rows(reached) > 0) {
      by_row = by_row .* reached;
    }
    return by_row * weights;
  }
}
data {
  int<lower=1> channels;
  int<lower=1> cells;  // rows of the table: regions x periods
  int<lower=1> lag_count;
  int<lower=1> coefficients;
  int<lower=1, upper=4> adstock;
  int<lower=1, upper=2> saturation;
  array[channels] int<lower=0, upper=1> early;  // saturation comes before carry-over
  int<lower=0, upper=1> early_form;  // the same of the form, for lift tests
  vector[lag_count] lags;
  array[channels] matrix[cells, lag_count] lagged;
  int<lower=0> reach_count;  // 0 where no channel has reach and frequency, else the number of channels
  array[reach_count] matrix[cells, lag_count] reached;
  int<lower=1> regions;
  array[cells] int<lower=1, upper=regions> region_of;
  // the rows
  vector[cells] seen;
  vector[cells] observed;  // outcome less the prior mean of the baseline
  matrix[cells, coefficients] columns;
  matrix[coefficients, coefficients] gram;
  real rows_seen;
  vector[coefficients] prior_sd;
  vector[coefficients] level;
  vector[coefficients] smooth;
  vector[coefficients] waves;
  int<lower=0, upper=1> level_count;
  int<lower=0, upper=1> smooth_count;
  // beliefs
  int<lower=0> beliefs;
  array[beliefs] int<lower=1, upper=channels> believed;
  matrix[beliefs, cells] believed_rows;
  matrix[beliefs, 4] believed_terms;
  vector[beliefs] believed_effect;
  // lift tests
  int<lower=0> tests;
  int<lower=0> test_cells;
  array[tests > 0 ? channels : 0] matrix[test_cells, lag_count] tested;
  array[tests > 0 ? channels : 0] matrix[test_cells, lag_count] tested_changed;
  array[tests > 0 ? channels : 0] matrix[tests, test_cells] tested_sum;
  vector[tests] lift;
  vector[tests] lift_error;
  // priors: the numbers of each family, one a member
  array[1] vector[channels] effect_prior;
  array[2] vector[adstock <= 2 ? channels : 0] retention_prior;
  array[2] vector[adstock == 2 ? channels : 0] peak_prior;
  array[2] vector[adstock >= 3 ? channels : 0] scale_prior;
  array[2] vector[adstock >= 3 ? channels : 0] shape_prior;
  array[2] vector[saturation == 1 ? channels : 0] half_saturation_prior;
  array[2] vector[saturation == 1 ? channels : 0] slope_prior;
  array[2] vector[saturation == 2 ? channels : 0] rate_prior;
  array[1] vector[1] noise_prior;
  array[1] vector[regions > 1 ? channels : 0] spread_prior;
  array[2] vector[regions > 1 ? channels * regions : 0] region_prior;
  array[1] vector[level_count] level_sd_prior;
  array[1] vector[smooth_count] smooth_sd_prior;
  array[2] vector[smooth_count] smooth_length_prior;
}
transformed data {
  matrix[0, lag_count] no_reach;
}
parameters {
  vector<lower=0>[channels] effect;
  vector<lower=0, upper=1>[adstock <= 2 ? channels : 0] retention;
  vector<lower=0>[adstock == 2 ? channels : 0] peak;
  vector<lower=0>[adstock >= 3 ? channels : 0] scale;
  vector<lower=0>[adstock >= 3 ? channels : 0] shape;
  vector<lower=0>[saturation == 1 ? channels : 0] half_saturation;
  vector<lower=0>[saturation == 1 ? channels : 0] slope;
  vector<lower=0>[saturation == 2 ? channels : 0] rate;
  vector<lower=0>[1] noise;
  vector<lower=0>[regions > 1 ? channels : 0] spread;
  vector[regions > 1 ? channels * regions : 0] region;
  vector<lower=0>[level_count] level_sd;
  vector<lower=0>[smooth_count] smooth_sd;
  vector<lower=0>[smooth_count] smooth_length;
}
model {
  vector[cells] media = rep_vector(0, cells);
  vector[tests] gained = rep_vector(0, tests);

  target += normal_lpdf(effect | 0, effect_prior[1]);
  target += beta_lpdf(retention | retention_prior[1], retention_prior[2]);
  target += gamma_lpdf(peak | peak_prior[1], peak_prior[2]);
  target += lognormal_lpdf(scale | scale_prior[1], scale_prior[2]);
  target += lognormal_lpdf(shape | shape_prior[1], shape_prior[2]);
  target += lognormal_lpdf(half_saturation | half_saturation_prior[1], half_saturation_prior[2]);
  target += lognormal_lpdf(slope | slope_prior[1], slope_prior[2]);
  target += lognormal_lpdf(rate | rate_prior[1], rate_prior[2]);
  target += normal_lpdf(noise | 0, noise_prior[1]);
  target += normal_lpdf(spread | 0, spread_prior[1]);
  target += normal_lpdf(region | region_prior[1], region_prior[2]);
  target += normal_lpdf(level_sd | 0, level_sd_prior[1]);
  target += normal_lpdf(smooth_sd | 0, smooth_sd_prior[1]);
  target += lognormal_lpdf(smooth_length | smooth_length_prior[1], smooth_length_prior[2]);

  for (c in 1:channels) {
    real carry_first = adstock <= 2 ? retention[c] : scale[c];
    real carry_second = adstock == 2 ? peak[c] : adstock >= 3 ? shape[c] : 0;
    real curve_first = saturation == 1 ? half_saturation[c] : rate[c];
    real curve_second = saturation == 1 ? slope[c] : 0;
    vector[lag_count] weights = adstock_weights(adstock, lags, carry_first, carry_second);
    real size = effect[c] / response(saturation, rep_vector(1, 1), curve_first, curve_second)[1];
    vector[cells] added
      = size * carried_response(early[c], saturation, lagged[c], reach_count > 0 ? reached[c] : no_reach, weights,
                                curve_first, curve_second);
    if (regions > 1) {
      added = added .* exp(spread[c] * segment(region, (c - 1) * regions + 1, regions))[region_of];
    }
    media += added;
    // A belief about return or share: its density over that of the effect's own half-normal prior.
    for (b in 1:beliefs) {
      if (believed[b] == c) {
        real quantity = believed_rows[b] * added;
        target += believed_terms[b, 1] * log(quantity) + believed_terms[b, 2] * square(log(quantity))
                  + believed_terms[b, 3] * quantity + believed_terms[b, 4] * square(quantity)
                  + 0.5 * believed_effect[b] * square(effect[c]) - log(effect[c]);
      }
    }
    if (tests > 0) {
      vector[test_cells] changed
        = carried_response(early_form, saturation, tested_changed[c], no_reach, weights, curve_first, curve_second);
      vector[test_cells] before
        = carried_response(early_form, saturation, tested[c], no_reach, weights, curve_first, curve_second);
      gained += size * (tested_sum[c] * (changed - before));
    }
  }
  if (tests > 0) {
    target += -0.5 * sum(square((gained - lift) ./ lift_error));
  }

  // The outcome with the coefficients of the baseline integrated out; see `log_likelihood`.
  vector[coefficients] sd = prior_sd;
  if (level_count > 0) {
    sd = sd .* pow(level_sd[1], level);
  }
  if (smooth_count > 0) {
    real height = smooth_sd[1] * sqrt(sqrt(2 * pi()) * smooth_length[1]);
    sd = sd .* pow(height * exp(-0.25 * square(smooth_length[1] * waves)), smooth);
  }
  real variance = square(noise[1]);
  vector[cells] residual = seen .* (observed - media);
  matrix[coefficients, coefficients] root = cholesky_decompose(add_diag(quad_form_diag(gram, sd), variance));
  vector[coefficients] along = mdivide_left_tri_low(root, sd .* (columns' * residual));
  vector[coefficients] turned = mdivide_right_tri_low(along', root)';
  vector[cells] rest = residual - columns * (sd .* turned);
  target += -0.5 * (dot_self(rest) / variance + dot_self(turned) + 2 * sum(log(diagonal(root)))
                    + (rows_seen - coefficients) * log(variance) + rows_seen * log(2 * pi()));
}
"""


def stan_data(problem: Problem, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What the program is given.

    Args:
        problem: the model.
        arrays: see `model_arrays`.

    Raises:
        ValueError: a form, a parameter or a prior's family that the program does not have.
    """
    prepared, form = problem.prepared, problem.form
    for name, prior in problem.priors.items():
        if STAN_FAMILIES.get(name) != prior.family:
            raise ValueError(f"the Stan program has no parameter '{name}' with a prior of family '{prior.family}'")
    channels, cells, lag_count = arrays["lagged"].shape
    early = np.full(channels, form.saturate_first) | (prepared.by_reach[:, 0] > 0)
    return {
        "channels": channels,
        "cells": cells,
        "lag_count": lag_count,
        "coefficients": arrays["columns"].shape[1],
        "adstock": ADSTOCKS.index(form.adstock.__name__) + 1,
        "saturation": SATURATIONS.index(form.saturation.__name__) + 1,
        "early": early.astype(int),
        "early_form": int(form.saturate_first),
        "lags": prepared.lags,
        "lagged": arrays["lagged"],
        "reach_count": channels if "reached" in arrays else 0,
        "reached": arrays.get("reached", np.zeros((0, cells, lag_count))),
        "regions": len(prepared.regions),
        "region_of": prepared.region + 1,
        "seen": arrays["seen"],
        "observed": arrays["target"],
        "columns": arrays["columns"],
        "gram": arrays["gram"],
        "rows_seen": arrays["rows"],
        "prior_sd": arrays["spread"],
        "level": arrays["level"],
        "smooth": arrays["smooth"],
        "waves": arrays["waves"],
        "level_count": int("level_sd" in problem.priors),
        "smooth_count": int("smooth_sd" in problem.priors),
        **stan_knowledge(arrays, channels, cells, lag_count),
        **stan_priors(arrays["priors"]),
    }


def stan_knowledge(arrays: Mapping[str, Any], channels: int, cells: int, lag_count: int) -> dict[str, Any]:
    """Beliefs and lift tests for the program; of size zero where there are none."""
    found: dict[str, Any] = {"beliefs": 0, "believed": np.zeros(0, int), "believed_rows": np.zeros((0, cells))}
    found |= {"believed_terms": np.zeros((0, 4)), "believed_effect": np.zeros(0)}
    found |= {"tests": 0, "test_cells": 0, "lift": np.zeros(0), "lift_error": np.zeros(0)}
    found |= {name: np.zeros((0, 0, lag_count)) for name in ("tested", "tested_changed", "tested_sum")}
    if "believed" in arrays:
        found |= {name: arrays[name] for name in ("believed_rows", "believed_terms", "believed_effect")}
        found |= {"beliefs": len(arrays["believed"]), "believed": arrays["believed"] + 1}
    if "tested" in arrays:
        found |= {name: arrays[name] for name in ("tested", "tested_changed", "lift", "lift_error")}
        found |= {"tests": len(arrays["lift"]), "test_cells": arrays["tested"].shape[1]}
        found["tested_sum"] = np.swapaxes(arrays["tested_sum"], 0, 1)
    return found


def stan_priors(priors: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of every parameter's prior; of size zero where the model has no such parameter."""
    found = {}
    for name, family in STAN_FAMILIES.items():
        numbers = priors.get(name, (np.zeros(0),) * (1 if family == "halfnormal" else 2))
        found[f"{name}_prior"] = np.stack([np.asarray(one, dtype=float) for one in numbers])
    return found
