"""Experiments: differences between arms that chance made, with regression adjustment, blocks and clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_causal.blocks.balance import balance_diagnostics, balance_of, balance_table, love_chart
from cerebro_causal.blocks.causal_sample import CausalSample, causal_sample, missing_diagnostics
from cerebro_causal.blocks.design_counts import design_result
from cerebro_causal.blocks.influence import Effect, effect_estimate
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_causal.blocks.robust_regression import RobustFit, robust_regression
from cerebro_causal.blocks.study_report import effect_answer, means_chart, sample_facts, shows_effect
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source

FEWEST_CLUSTERS = 4
FEW_DEGREES = 10.0  # Imbens & Kolesár (2016): below, tests of nominal 5 % depend on the working model
CHANCE_IMBALANCE = 0.001
MOST_TESTED_COVARIATES = 0.2


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    confounders: Sequence[str],
    strata: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    design: str,
    stage: str,
    missing: str,
    ci_level: float,
) -> Result:
    """Average effect of each arm of an experiment.

    The outcome is regressed on the arms, on confounders and blocks (centred), and on their products (Lin 2013), which
    needs no model to be right; errors are HC2, or CR2 with clusters, with degrees of freedom by Bell and McCaffrey.
    Blocks with fewer than two rows (or clusters) of an arm get dummies without products, and errors clustered by block
    (de Chaisemartin & Ramirez-Cuellar 2024), unless clusters are named.

    Args:
        source: the table.
        treatment, outcome, confounders, strata, cluster, weights: columns.
        control: the arm that others are compared with.
        design: "experiment" where the user said that chance assigned the arms.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        ci_level: level of the intervals.

    Raises:
        Refused: rows, arms or clusters are too few, or columns repeat each other.
    """
    sample = causal_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
        strata=strata,
        most_arms=20,
    )
    check_arm_clusters(sample)
    checks, tables, charts = experiment_balance(sample, design)
    if stage == "design":
        return design_result(sample, checks, tables, charts)
    pairs = has_small_blocks(sample)
    fit = experiment_fit(sample, pairs)
    effects = [contrast_effect(fit, number) for number in range(1, len(sample.arms))]
    raw = robust_regression(sample.outcome, arm_columns(sample), sample.weights, sample.clusters)
    points = arm_means(fit, sample)
    return Result(
        answer=effect_answer(
            effects[0],
            ci_level,
            treatment=str(treatment),
            arms=sample.arms,
            outcome=outcome,
            who="all rows",
            because=chance_because(design, checks, shown=shows_effect(effects[0], ci_level)),
        ),
        estimates=experiment_estimates(sample, effects, raw, points, ci_level, outcome),
        diagnostics=(*checks, *degrees_diagnostics(effects, sample, pairs)),
        tables=tables,
        charts=(means_chart(points, ci_level, outcome), *charts),
        rows_used=len(sample.outcome),
    )


def chance_because(design: str, checks: list[Diagnostic], *, shown: bool) -> str:
    """What the answer rests on, as far as it may be said: nothing where no effect is shown."""
    if not shown:
        return ""
    if design != "experiment":
        return "That holds only if chance decided who was treated, which no column can show."
    if any(item.name == "randomisation_test" and item.status == "fail" for item in checks):
        return "That holds only if chance decided who was treated, and a check speaks against it."
    return "If chance decided who was treated, as you said, it is the treatment that did this."


def check_arm_clusters(sample: CausalSample) -> None:
    """Refuse fewer clusters than can show how much clusters differ by chance."""
    if not sample.clustered:
        return
    count = len(np.unique(sample.clusters))
    mixed = mixed_clusters(sample)
    for number, name in enumerate(sample.arms):
        own = len(np.unique(sample.clusters[sample.arm == number]))
        if count < FEWEST_CLUSTERS or (not mixed and own < 2):
            raise Refused(
                f"arm '{name}' has {own} of {count} clusters: {FEWEST_CLUSTERS} in all and 2 in each arm are needed to "
                "tell an effect from chance between clusters"
            )


def mixed_clusters(sample: CausalSample) -> bool:
    """Whether some cluster holds rows of several arms."""
    pairs = np.unique(np.column_stack([sample.clusters, sample.arm]), axis=0)
    return len(pairs) > len(np.unique(sample.clusters))


def has_small_blocks(sample: CausalSample) -> bool:
    """Whether some block has fewer than two rows (or clusters) of an arm."""
    if sample.strata.max() == 0:
        return False
    units = np.unique(np.column_stack([sample.strata, sample.arm, sample.clusters]), axis=0)
    count = np.zeros((int(sample.strata.max()) + 1, len(sample.arms)))
    np.add.at(count, (units[:, 0], units[:, 1]), 1)
    if (count == 0).any():
        empty = int((count == 0).any(axis=1).sum())
        raise Refused(f"{empty} blocks of --strata lack an arm: put blocks together, or leave these rows out")
    return bool((count < 2).any())


def arm_columns(sample: CausalSample) -> np.ndarray:
    """Intercept and a column for each arm but the control."""
    arms = [(sample.arm == number).astype(float) for number in range(1, len(sample.arms))]
    return np.column_stack([np.ones(len(sample.arm)), *arms])


def experiment_fit(sample: CausalSample, pairs: bool) -> RobustFit:
    """The regression whose coefficients of the arms are their average effects."""
    base = arm_columns(sample)
    covariates = sample.covariates
    blocks = np.eye(int(sample.strata.max()) + 1)[sample.strata][:, 1:]
    others = np.column_stack([covariates, blocks])
    others = others - np.average(others, axis=0, weights=sample.weights)
    clusters = sample.strata if pairs and not sample.clustered else sample.clusters
    if pairs:
        return robust_regression(sample.outcome, np.column_stack([base, others]), sample.weights, clusters)
    products = [others * base[:, [place]] for place in range(1, base.shape[1])]
    design = np.column_stack([base, others, *products])
    smallest = int(np.bincount(sample.arm).min())
    if others.shape[1] and smallest <= others.shape[1] + 2:
        raise Refused(
            f"{others.shape[1]} columns are adjusted for, and the smallest arm has {smallest} rows: name fewer "
            "confounders or blocks"
        )
    return robust_regression(sample.outcome, design, sample.weights, clusters)


def contrast_effect(fit: RobustFit, place: int) -> Effect:
    """One coefficient with its error and degrees of freedom."""
    contrast = np.zeros(len(fit.coefficients))
    contrast[place] = 1.0
    return Effect(float(fit.coefficients[place]), fit.error(contrast), fit.degrees(contrast))


def arm_means(fit: RobustFit, sample: CausalSample) -> list[tuple[str, Effect]]:
    """Average outcome of each arm, adjusted."""
    found = []
    for number, name in enumerate(sample.arms):
        contrast = np.zeros(len(fit.coefficients))
        contrast[0] = 1.0
        if number:
            contrast[number] = 1.0
        found.append((name, Effect(float(contrast @ fit.coefficients), fit.error(contrast), fit.degrees(contrast))))
    return found


def experiment_estimates(
    sample: CausalSample,
    effects: list[Effect],
    raw: RobustFit,
    points: list[tuple[str, Effect]],
    level: float,
    outcome: str,
) -> tuple[Estimate, ...]:
    """Effects, then differences without adjustment, then the averages of the arms."""
    many = len(sample.arms) > 2
    found = []
    for number, effect in enumerate(effects, start=1):
        text = f"Effect of {sample.arms[number]} against {sample.arms[0]}"
        group = sample.arms[number] if many else None
        found.append(effect_estimate("ate", effect, level, text=text, outcome=outcome, group=group))
    for number in range(1, len(sample.arms)):
        text = f"Difference of averages, {sample.arms[number]} against {sample.arms[0]}, without adjustment"
        group = sample.arms[number] if many else None
        effect = contrast_effect(raw, number)
        found.append(effect_estimate("difference_in_means", effect, level, text=text, outcome=outcome, group=group))
    for name, effect in points:
        text = f"Average outcome of arm {name}"
        found.append(
            effect_estimate("mean_outcome", effect, level, text=text, outcome=outcome, group=name, unit="level")
        )
    return tuple(found)


def experiment_balance(
    sample: CausalSample, design: str
) -> tuple[list[Diagnostic], dict[str, ResultTable], tuple[Chart, ...]]:
    """What can be checked without the outcome."""
    checks = [randomisation_diagnostic(design), *missing_diagnostics(sample)]
    tables = {"sample": sample_facts(sample)}
    charts: tuple[Chart, ...] = ()
    if sample.covariate_names:
        rows = sample.arm <= 1
        treated = sample.treated[rows]
        before = balance_of(sample.covariates[rows], treated, sample.weights[rows], sample.weights[rows])
        tables["balance"] = balance_table(
            sample.covariate_names, before, before, "after (an experiment has no weights)"
        )
        charts = (love_chart(sample.covariate_names, before, before, "the same"),)
        checks.append(omnibus_balance(sample))
        checks += balance_diagnostics(sample.covariate_names, before, "in the experiment")[1:]
    return checks, tables, charts


def randomisation_diagnostic(design: str) -> Diagnostic:
    """Whether the user said that chance assigned the arms."""
    if design == "experiment":
        message = "You said that chance decided who was treated; no column can show that."
        return Diagnostic("random_assignment", "pass", message)
    message = (
        "This method is right only where chance decided who was treated, and nobody said so: say --design experiment, "
        "or name confounders and choose another method."
    )
    return Diagnostic("random_assignment", "fail", message)


def omnibus_balance(sample: CausalSample) -> Diagnostic:
    """Whether confounders foretell the arm more than chance allows: a robust Wald test of all of them at once.

    Only as many columns are tested as a fifth of the clusters (or rows of the smaller arm), the first ones.
    """
    units = int(min(len(np.unique(sample.clusters[sample.arm == number])) for number in range(len(sample.arms))))
    most = max(1, int(MOST_TESTED_COVARIATES * units))
    columns = sample.covariates[:, :most]
    blocks = np.eye(int(sample.strata.max()) + 1)[sample.strata][:, 1:]
    first = columns.shape[1]
    design = np.column_stack([columns, np.ones(len(columns)), blocks])
    fit = robust_regression((sample.arm == 1).astype(float), design, sample.weights, sample.clusters)
    wald = float(fit.coefficients[:first] @ np.linalg.pinv(fit.covariance[:first, :first]) @ fit.coefficients[:first])
    spare = max(len(np.unique(sample.clusters)) - design.shape[1], 1)
    p_value = float(stats.f.sf(wald / first, first, spare))
    fine = p_value >= CHANCE_IMBALANCE
    message = (
        "Before the treatment the arms were as alike as chance makes them."
        if fine
        else "Before the treatment the arms differed more than chance allows: find out how rows came into their arm."
    )
    return p_diagnostic("randomisation_test", "pass" if fine else "fail", message, p_value, CHANCE_IMBALANCE)


def degrees_diagnostics(effects: list[Effect], sample: CausalSample, pairs: bool) -> list[Diagnostic]:
    """Whether the errors rest on enough."""
    least = min(effect.degrees for effect in effects)
    fine = least >= FEW_DEGREES
    what = "clusters" if sample.clustered else "blocks" if pairs else "rows"
    message = (
        f"The errors rest on enough {what}."
        if fine
        else f"The errors rest on few {what} (as on {least:.0f}): the interval allows for it, but depends on how alike "
        f"they are. More {what} help, more rows of each do not."
    )
    return [Diagnostic("degrees_of_freedom", "pass" if fine else "warn", message, least, FEW_DEGREES)]
