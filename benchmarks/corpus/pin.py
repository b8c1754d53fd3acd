"""Write the planned source lists: newest final version of each package, and the SHA-256 of its archive.

python benchmarks/corpus/pin.py            # asks the configured index; writes planned/<domain>.toml
"""

from __future__ import annotations

import sys
from pathlib import Path

from packaging.version import Version

from cerebro_core.corpus.fetch import finder

MIT, BSD, APACHE = "MIT", "BSD-3-Clause", "Apache-2.0"
PLANNED: dict[str, dict[str, str]] = {
    "mmm": {
        "pymc-marketing": APACHE,
        "google-meridian": APACHE,
        "lightweight-mmm": APACHE,
        "robynpy": MIT,
        "numpyro": APACHE,
        "pymc": APACHE,
        "jax": APACHE,
        "pymc-extras": "Apache-2.0",
        "arviz": APACHE,
        "arviz-plots": APACHE,
        "arviz-stats": APACHE,
        "nutpie": MIT,
        "blackjax": APACHE,
        "preliz": APACHE,
        "pytensor": BSD,
        "bambi": MIT,
        "optax": APACHE,
        "cmdstanpy": BSD,
    },
    "abtest": {
        "tea-tasting": MIT,
        "gbstats": MIT,
        "spotify-confidence": APACHE,
        "cluster-experiments": MIT,
        "mabwiser": APACHE,
        "obp": APACHE,
        "statsmodels": BSD,
        "scipy": BSD,
        "ambrosia": APACHE,
        "pingouin": "GPL-3.0-only",
        "confseq": MIT,
        "contextualbandits": "BSD-2-Clause",
        "mab2rec": APACHE,
        "pymc": APACHE,
    },
    "causal": {
        "dowhy": MIT,
        "econml": MIT,
        "causalml": APACHE,
        "causalpy": APACHE,
        "doubleml": BSD,
        "linearmodels": "NCSA",
        "statsmodels": BSD,
        "rdrobust": "GPL-3.0-only",
        "diff-diff": MIT,
        "pyfixest": MIT,
        "causallib": APACHE,
        "pgmpy": MIT,
        "zepid": MIT,
        "pysensemakr": "MIT",
        "differences": "GPL-3.0-only",
    },
    "geo": {
        "pysyncon": MIT,
        "causalpy": APACHE,
        "diff-diff": MIT,
        "linearmodels": "NCSA",
        "google-meridian": APACHE,
        "pyfixest": MIT,
        "scpi-pkg": "GPL-3.0-only",
        "matched-markets": APACHE,
    },
    "uplift": {
        "causalml": APACHE,
        "econml": MIT,
        "scikit-uplift": MIT,
        "pylift": "NOASSERTION",
        "obp": APACHE,
        "dowhy": MIT,
        "upliftml": APACHE,
    },
    "counterfactual": {
        "dowhy": MIT,
        "causalpy": APACHE,
        "pysyncon": MIT,
        "pymc": APACHE,
        "statsmodels": BSD,
        "causalimpact": "MIT",
        "tfcausalimpact": APACHE,
        "dice-ml": MIT,
    },
}
"""Domain -> distribution -> SPDX licence, held against the metadata or the licence file inside each pinned archive.

NOASSERTION (pylift: its archive has neither) counts as copyleft: facts about the API only."""


def pin(index: object, name: str, licence: str) -> str | None:
    """The TOML entry of the newest final version."""
    found = list(index.find_all_packages(name))  # type: ignore[attr-defined]
    versions = sorted({Version(one.version) for one in found if one.version}, reverse=True)
    for version in [one for one in versions if not one.is_prerelease] or versions:
        files = [one.link for one in found if one.version and Version(one.version) == version]
        pure = [link for link in files if link.filename.endswith("none-any.whl")]
        source = [link for link in files if link.filename.endswith((".tar.gz", ".zip"))]
        chosen = source[:1] + pure[:1] if len(source[:1] + pure[:1]) else []
        lines = [
            f'    {{ name = "{link.filename}", sha256 = "{link.hashes["sha256"]}" }},'
            for link in chosen
            if link.hashes and link.hashes.get("sha256")
        ]
        if lines:
            head = f'[[source]]\nname = "{name}"\nversion = "{version}"\nlicence = "{licence}"\nfiles = [\n'
            return head + "\n".join(lines) + "\n]\n"
    return None


def main() -> None:
    """Write all lists."""
    index = finder()
    done: dict[str, str | None] = {}
    for domain, packages in PLANNED.items():
        for name, licence in packages.items():
            if name not in done:
                done[name] = pin(index, name, licence)
                if done[name] is None:
                    print(f"{name}: the index has no archive of it", file=sys.stderr)
        text = f"# What `cerebro corpus build --fetch` reads for {domain}; written by benchmarks/corpus/pin.py.\n\n"
        text += "\n".join(filter(None, (done[name] for name in packages)))
        (Path(__file__).parent / "planned" / f"{domain}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
