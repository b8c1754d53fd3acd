"""Cross-fitted predictions: each row is foretold by models that never saw it, its cluster or its fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from cerebro_causal.blocks.screening import telling_columns
from cerebro_core.blocks.result import Refused

MOST_TRAINING_ROWS = 100_000
FEWEST_BOOSTED_ROWS = 1_000
FEWEST_THREADED_ROWS = 50_000  # below, threads wait for each other longer than they work
PREDICTED_AT_ONCE = 50_000
MOST_BENT = 20
USEFUL_SHARE = 0.1
BENT = ("splines", "products", "trees")
FEWEST_TREE_ROWS = 4_000
RIDGES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True)
class CrossFit:
    """Out-of-fold predictions of one target.

    Attributes:
        predicted: (n,) for every row, also those that the models were not trained for (the other arm).
        shares: learner -> its share in the combination.
        losses: learner -> mean squared error out of fold; of "constant" too.
    """

    predicted: np.ndarray
    shares: dict[str, float]
    losses: dict[str, float]

    @property
    def explained(self) -> float:
        """Share of the variance that is foretold out of fold."""
        return 1 - self.losses["combination"] / self.losses["constant"] if self.losses["constant"] > 0 else 0.0


def fold_numbers(clusters: np.ndarray, arm: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each row; clusters stay whole, and single rows are dealt within arms.

    Raises:
        Refused: there are fewer clusters than folds.
    """
    rng = np.random.default_rng([seed, 7])
    groups, first, place = np.unique(clusters, return_index=True, return_inverse=True)
    if len(groups) < folds:
        raise Refused(f"{len(groups)} clusters cannot be dealt into {folds} folds: say --folds {max(len(groups), 2)}")
    order = rng.permutation(len(groups))
    order = order[np.argsort(arm[first][order], kind="stable")]
    fold = np.empty(len(groups), int)
    fold[order] = np.arange(len(groups)) % folds
    return fold[place]


def candidate_models(learner: str, binary: bool, rows: int, width: int, seed: int) -> dict[str, Any]:
    """Models that are tried, by name; of wide tables some see the most telling columns only.

    "boosting" begins with what a linear model foretells; "trees", boosted as well, begin with nothing, and err
    differently.
    """
    width = min(width, MOST_BENT)
    found: dict[str, Any] = {}
    if learner in ("auto", "linear"):
        found["linear"] = make_pipeline(StandardScaler(), linear_model(binary))
    if learner == "auto" and rows >= 100:
        found["splines"] = make_pipeline(StandardScaler(), bends(rows), StandardScaler(), linear_model(binary))
        if width >= 2 and rows >= 2 * width**2:
            found["products"] = make_pipeline(
                StandardScaler(),
                FeatureUnion([("bends", bends(rows)), ("products", PolynomialFeatures(2, include_bias=False))]),
                StandardScaler(),
                linear_model(binary, 0.1),
            )
    if learner == "boosting" or (learner == "auto" and rows >= FEWEST_BOOSTED_ROWS):
        found["boosting"] = boosted_model(binary, rows, seed)
        if rows >= FEWEST_TREE_ROWS:
            found["trees"] = boosted_model(binary, rows, seed)
    return found


def bends(rows: int) -> SplineTransformer:
    """Cubic splines of each column, with more knots the more rows there are."""
    knots = 8 if rows >= 1_000 else 5 if rows >= 400 else 4
    return SplineTransformer(n_knots=knots, degree=3, knots="quantile", extrapolation="linear")


def linear_model(binary: bool, strength: float = 1.0) -> Any:
    """Ridge regression, or logistic regression with a light ridge; `strength` is the inverse of its penalty."""
    return LogisticRegression(C=strength, max_iter=300) if binary else RidgeCV(alphas=RIDGES)


def boosted_model(binary: bool, rows: int, seed: int) -> Any:
    """Boosted trees that stop when they no longer foretell a held-out tenth better."""
    settings: dict[str, Any] = {
        "learning_rate": 0.1,
        "max_iter": 600,
        "max_leaf_nodes": 5,
        "min_samples_leaf": max(20, rows // 1000),
        "early_stopping": True,
        "n_iter_no_change": 25,
        "random_state": seed,
    }
    return HistGradientBoostingClassifier(**settings) if binary else HistGradientBoostingRegressor(**settings)


def cross_fit(
    target: np.ndarray,
    covariates: np.ndarray,
    weights: np.ndarray,
    fold: np.ndarray,
    learner: str,
    seed: int,
    within: np.ndarray | None = None,
    only: frozenset[str] = frozenset(),
) -> CrossFit:
    """Foretell a target for each row by models trained on the other folds.

    With learner "auto" the models' out-of-fold predictions are combined with non-negative shares that add up to 1 and
    make the squared error least (short-stacking; Ahrens, Hansen, Schaffer & Wiemann 2024). Boosted trees also see what
    the linear model foretells, since trees are slow to learn straight lines.

    Args:
        target: (n,) numbers, or 0 and 1.
        covariates: (n, p).
        weights: (n,) sampling weights.
        fold: (n,) fold of each row.
        learner: "auto", "linear" or "boosting".
        seed: of the trees and of the choice of training rows in large tables.
        within: (n,) rows to train on, such as those of one arm; all by default.
        only: names of models, where not all of the learner's are to be tried; none for all.

    Raises:
        Refused: a fold leaves nothing to train on.
    """
    within = np.ones(len(target), bool) if within is None else within
    binary = bool(np.isin(target[within], (0.0, 1.0)).all())
    names: list[str] = []
    predicted: dict[str, np.ndarray] = {}
    constant = np.empty(len(target))
    for number in range(int(fold.max()) + 1):
        out, train = fold == number, training_rows(within & (fold != number), seed + number)
        if len(train) < 10:
            raise Refused("too few rows are left to learn from in a fold: use fewer folds")
        constant[out] = np.average(target[train], weights=weights[train])
        if covariates.shape[1] == 0 or np.ptp(target[train]) == 0:
            names = names or ["constant"]
            for name in names:
                predicted.setdefault(name, constant.copy())[out] = constant[out]
            continue
        models = candidate_models(learner, binary, len(train), covariates.shape[1], seed)
        models = {name: model for name, model in models.items() if name in only} or models
        names = names or list(models)
        with threadpool_limits(limits=1 if len(train) < FEWEST_THREADED_ROWS else None):
            found = fold_predictions(models, target, covariates, weights, train, out)
        for name, values in found.items():
            predicted.setdefault(name, np.empty(len(target)))[out] = values
    kept = [name for name in names if name in predicted]
    shares = stacking_shares(target[within], [predicted[name][within] for name in kept], weights[within])
    combined = np.sum([share * predicted[name] for share, name in zip(shares, kept, strict=True)], axis=0)
    every = {"constant": constant, **{name: predicted[name] for name in kept}, "combination": combined}
    losses = {
        name: float(np.average((target[within] - values[within]) ** 2, weights=weights[within]))
        for name, values in every.items()
    }
    return CrossFit(combined, dict(zip(kept, map(float, shares), strict=True)), losses)


def useful_models(fits: Iterable[CrossFit]) -> frozenset[str]:
    """Models that have a tenth or more of some combination."""
    return frozenset(name for fit in fits for name, share in fit.shares.items() if share >= USEFUL_SHARE)


def training_rows(allowed: np.ndarray, seed: int) -> np.ndarray:
    """Numbers of the rows to train on; a random hundred thousand of more."""
    rows = np.flatnonzero(allowed)
    if len(rows) <= MOST_TRAINING_ROWS:
        return rows
    return np.sort(np.random.default_rng([seed, 11]).choice(rows, MOST_TRAINING_ROWS, replace=False))


def fold_predictions(
    models: dict[str, Any],
    target: np.ndarray,
    covariates: np.ndarray,
    weights: np.ndarray,
    train: np.ndarray,
    out: np.ndarray,
) -> dict[str, np.ndarray]:
    """Train each model on some rows and foretell others."""
    inner, outer = covariates[train], covariates[out]
    # equal weights are not passed on: scikit-learn bins weighted rows a hundred times more slowly
    known = weights[train] if np.ptp(weights[train]) > 0 else None
    wide = covariates.shape[1] > MOST_BENT and any(name in BENT for name in models)
    chosen = telling_columns(inner, target[train], MOST_BENT) if wide else np.arange(covariates.shape[1])
    found: dict[str, np.ndarray] = {}
    helper: tuple[Pipeline, Any] | None = None
    for name, model in models.items():
        if isinstance(model, Pipeline):
            seen = chosen if name in BENT else slice(None)
            model.fit(inner[:, seen], target[train], **{f"{model.steps[-1][0]}__sample_weight": known})
            found[name] = model_predictions(model, outer[:, seen])
            helper = model, seen
        elif helper is None or name == "trees":
            seen = chosen if name in BENT else slice(None)
            model.fit(inner[:, seen], target[train], sample_weight=known)
            found[name] = model_predictions(model, outer[:, seen])
        else:
            hint, hint_out = (model_predictions(helper[0], part[:, helper[1]]) for part in (inner, outer))
            binary = hasattr(model, "predict_proba")
            model.fit(np.column_stack([inner, hint]), target[train] - (0.0 if binary else hint), sample_weight=known)
            found[name] = model_predictions(model, np.column_stack([outer, hint_out])) + (0.0 if binary else hint_out)
    return found


def model_predictions(model: Any, covariates: np.ndarray) -> np.ndarray:
    """Means or chances, a part of the rows at a time."""
    parts = []
    for start in range(0, len(covariates), PREDICTED_AT_ONCE):
        part = covariates[start : start + PREDICTED_AT_ONCE]
        parts.append(model.predict_proba(part)[:, 1] if hasattr(model, "predict_proba") else model.predict(part))
    return np.concatenate(parts) if parts else np.empty(0)


def stacking_shares(target: np.ndarray, predicted: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Non-negative shares that add up to 1 and make the squared error least."""
    if len(predicted) == 1:
        return np.ones(1)
    root = np.sqrt(weights)
    columns = np.column_stack(predicted) * root[:, None]
    aim = target * root
    # The error is ||A s - b||^2 with sum(s) = 1, that is ||(A - b 1') s||^2: a heavy row makes the shares add up to 1.
    gram = (columns - aim[:, None]).T @ (columns - aim[:, None]) / len(target)
    scale = float(np.trace(gram)) or 1.0
    factor = np.linalg.cholesky(gram / scale + 1e-10 * np.eye(len(predicted))).T
    heavy = 1e3
    shares = nnls(np.vstack([factor, heavy * np.ones(len(predicted))]), np.append(np.zeros(len(predicted)), heavy))[0]
    return np.asarray(shares / shares.sum())
