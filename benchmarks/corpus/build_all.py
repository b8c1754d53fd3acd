"""Build the corpus of all six domains' planned lists, through stand-in plugins, and print what the issue asks for.

python benchmarks/corpus/build_all.py FOLDER      # FOLDER keeps artefacts, shards and index; downloads what is missing
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

from cerebro_core.corpus.build import build
from cerebro_core.corpus.sources import Source, merged, read_list
from cerebro_core.plugins import plugins

PLANNED = Path(__file__).parent / "planned"


def planned() -> list[Source]:
    """The sources of all planned lists."""
    found: list[Source] = []
    for path in sorted(PLANNED.glob("*.toml")):
        found += read_list(path.read_text(encoding="utf-8"), path.stem, path.name)
    return merged(found)


def main() -> None:
    """Fetch, then time a build from artefacts, an unchanged one and one with a changed source; count the records."""
    folder = Path(sys.argv[1])
    sources = planned()
    plugins().load_all()
    given = plugins().call("cerebro_corpus")
    build(sources, given, download=True, folder=folder)
    for shard in (folder / "shards").iterdir():
        shard.unlink()
    done = build(sources, given, folder=folder)
    told: dict[str, object] = {"sources": len(sources), "records": done.records, "build_s": round(done.seconds, 1)}
    told["skipped"] = done.skipped
    started = time.perf_counter()
    build(sources, given, folder=folder, only="dowhy")
    told["one_changed_s"] = round(time.perf_counter() - started, 1)
    index = sqlite3.connect(folder / "index.sqlite")
    usage = "kind NOT IN ('api', 'recipe')"
    told["usage"], told["self_contained"] = index.execute(
        f"SELECT count(*), avg(complete) FROM passage WHERE {usage}"
    ).fetchone()
    per = {}
    for domain in sorted({name for item in sources for name in item.domains}):
        names = [item.name for item in sources if domain in item.domains]
        marks = ",".join("?" * len(names))
        per[domain] = index.execute(
            f"SELECT count(*) FROM passage JOIN source ON source = source.number WHERE {usage} AND name IN ({marks})",
            names,
        ).fetchone()[0]
    told["usage_per_domain"] = per
    cards = index.execute("SELECT qualname FROM passage WHERE kind = 'recipe'").fetchall()
    told["recipes_per_domain"] = dict(Counter(name.partition(".")[0] for (name,) in cards))
    told["kinds"] = dict(index.execute("SELECT kind, count(*) FROM passage GROUP BY 1"))
    told["MiB"] = round((folder / "index.sqlite").stat().st_size / 2**20, 1)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
