"""Judge `self_contained` by ruff's F821 (undefined name), which shares no code with ours.

python benchmarks/corpus/self_contained.py FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from cerebro_core.corpus.index import open_index
from cerebro_core.corpus.search import _shown

ROWS = "SELECT number, 0, kind, title, qualname, vector, source, complete, id, stems FROM passage WHERE {}"


def main() -> None:
    """Print the share of usage passages that ruff finds complete, and how often we and it agree."""
    index = open_index(Path(sys.argv[1]) / "index.sqlite")
    assert index is not None
    rows = index.execute(ROWS.format("kind NOT IN ('api', 'recipe')")).fetchall()
    claims = {row[8]: bool(row[7]) for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            told = _shown(index, row)
            (Path(folder) / f"{told['id']}.py").write_text(told["code"], encoding="utf-8")
        asked = [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select",
            "F821",
            "--output-format",
            "json",
            folder,
        ]
        found = json.loads(subprocess.run(asked, capture_output=True, text=True, check=False).stdout)
    bad = {Path(item["filename"]).stem for item in found}
    complete = [name for name in claims if name not in bad]
    agree = sum(claims[name] == (name not in bad) for name in claims)
    wrong = sum(claims[name] and name in bad for name in claims)
    print(
        f"{len(claims)} usage passages; complete by ours {sum(claims.values()) / len(claims):.3f}, by ruff "
        f"{len(complete) / len(claims):.3f}; agree {agree / len(claims):.3f}; we say complete, ruff not: {wrong}"
    )


if __name__ == "__main__":
    main()
