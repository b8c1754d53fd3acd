"""The front door, as the core lists it. Light: code is named by string."""

from __future__ import annotations

from cerebro_causal.methods import NUMERIC, SPEC
from cerebro_core.method import Method

FRONTDOOR = Method(
    domain="causal",
    name="frontdoor",
    title="Front door",
    summary="Measures the effect through what the treatment works through, where something that nobody measured moves "
    "both treatment and outcome.",
    spec=SPEC,
    block="cerebro_causal.blocks.frontdoor:analyse",
    requires=NUMERIC,
    needs=(
        "one row a unit: a treatment of two values, an outcome, and the mediators that the treatment works through",
        "each value of the mediators among treated and untreated rows",
    ),
    assumes=(
        "all of the effect runs through the mediators",
        "nothing that was not named moves both treatment and mediators",
        "nothing but the treatment and what was named moves both mediators and outcome",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("ate", "mean_outcome"),
    references=(
        "Pearl (1995). Causal Diagrams for Empirical Research. Biometrika 82(4), 669-688. "
        "https://doi.org/10.1093/biomet/82.4.669",
        "Fulcher, Shpitser, Marealle & Tchetgen Tchetgen (2020). Robust Inference on Population Indirect Causal "
        "Effects: The Generalized Front Door Criterion. Journal of the Royal Statistical Society B 82(1), 199-214. "
        "https://doi.org/10.1111/rssb.12345",
        "Bellemare, Bloem & Wexler (2024). The Paper of How: Estimating Treatment Effects Using the Front-Door "
        "Criterion. Oxford Bulletin of Economics and Statistics 86(4), 951-993. https://doi.org/10.1111/obes.12598",
    ),
    card="cerebro_causal:cards/frontdoor.toml",
)

METHODS: tuple[Method, ...] = (FRONTDOOR,)
