"""Build the corpus: one cached shard a package and version, then one index."""

from __future__ import annotations

import hashlib
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from cerebro_core.corpus.archives import read_archive, read_installed
from cerebro_core.corpus.extract import extract, stamped, unique
from cerebro_core.corpus.fetch import fetch, is_there
from cerebro_core.corpus.index import EXTRACTOR
from cerebro_core.corpus.places import corpus_folder
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.scope import cards_of, fingerprint
from cerebro_core.corpus.sources import Source
from cerebro_core.corpus.store import write_index
from cerebro_core.errors import CorpusError

GIVEN = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Built:
    """What a build did: records, sources that gave some, and what was skipped, each with its reason."""

    records: int
    sources: tuple[str, ...]
    skipped: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Origin:
    """One thing to read: a downloaded archive (path) or an installed distribution (path is None)."""

    version: str
    label: str
    sha256: str
    path: Path | None = None


def build(
    sources: list[Source],
    given: GIVEN,
    *,
    download: bool = False,
    only: str | None = None,
    workers: int = 2,
    say: Callable[[str], None] = lambda message: None,
    folder: Path | None = None,
) -> Built:
    """Read every source that is there and write the index anew.

    Args:
        sources: the packages that installed plugins list.
        given: what the hook `cerebro_corpus` returned, by plugin name, for the cards.
        download: first download what is pinned and missing.
        only: name of the one source to download and read anew; the others come from their shards.
        workers: processes.
        say: told of each step.
        folder: of the corpus; by default the user's cache.

    Raises:
        CorpusError: where `only` names no source, or the index cannot be written.
    """
    started = time.perf_counter()
    folder = folder or corpus_folder()
    chosen = [item for item in sources if only is None or item.name.lower() == only.lower()]
    if only is not None and not chosen:
        raise CorpusError(
            f"--source: no installed plugin lists '{only}'; there is {', '.join(s.name for s in sources)}"
        )
    skipped: list[str] = []
    try:
        (folder / "shards").mkdir(parents=True, exist_ok=True)
        skipped += fetch(chosen, folder / "artefacts", say) if download else []
    except OSError as error:
        raise CorpusError(f"{folder} cannot be written to: {error.strerror}; what was there before is kept") from error
    jobs = [(source, origins(source, folder)) for source in sources]
    found: dict[str, list[Passage]] = {}
    for (source, _), (passages, problems) in zip(jobs, _read(jobs, folder, only, workers, say), strict=True):
        skipped += problems
        if passages:
            found[source.name] = passages
    table = {item.name: _told(item, found[item.name]) for item in sources if item.name in found}
    everything = [passage for passages in found.values() for passage in passages]
    for card in cards_of(given):
        table.setdefault(
            card.package, {"domains": list(card.domains), "version": card.version, "licence": card.licence}
        )
        everything.append(card)
    say("writing the index")
    write_index(folder / "index.sqlite", table, everything, {"plugins": fingerprint(given), "built": str(time.time())})
    return Built(len(everything), tuple(table), tuple(skipped), time.perf_counter() - started)


def _told(source: Source, passages: list[Passage]) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for item in passages:
        counts[item.tier] = counts.get(item.tier, 0) + 1
    version = passages[0].version
    return {"domains": list(source.domains), "version": version, "licence": source.licence, "counts": counts}


def origins(source: Source, folder: Path) -> list[Origin]:
    """What there is of a source: the installed version first, then downloaded archives."""
    there = [item for item in source.files if is_there(folder / "artefacts", item)]
    archives = [
        Origin(source.version, item.name, item.sha256, folder / "artefacts" / item.sha256[:16] / item.name)
        for item in there
    ]
    try:
        installed = distribution(source.name)
    except (PackageNotFoundError, ValueError):
        return archives
    if archives and installed.version == source.version:
        return archives
    record = installed.read_text("RECORD") or installed.version
    own = Origin(
        installed.version, f"{source.name} {installed.version} (installed)", hashlib.sha256(record.encode()).hexdigest()
    )
    return [own, *archives]


def _read(
    jobs: list[tuple[Source, list[Origin]]],
    folder: Path,
    only: str | None,
    workers: int,
    say: Callable[[str], None],
) -> Iterator[tuple[list[Passage], list[str]]]:
    todo = [(s, o, folder, only is not None and s.name.lower() == only.lower()) for s, o in jobs]
    fresh = sum(1 for s, o, _, anew in todo if o and (anew or not _shard(s, o, folder).is_file()))
    if fresh < 2 or workers < 2:
        for number, item in enumerate(todo, 1):
            say(f"{item[0].name} ({number} of {len(todo)})")
            yield read_source(*item)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(read_source, *item) for item in todo]
        for number, (item, future) in enumerate(zip(todo, waiting, strict=True), 1):
            say(f"{item[0].name} ({number} of {len(todo)})")
            try:
                yield future.result()
            except Exception as error:  # a package that ends its worker must not end the build
                yield [], [f"{item[0].name}: {type(error).__name__}: {error}"]


def _shard(source: Source, read: list[Origin], folder: Path) -> Path:
    told = json.dumps([EXTRACTOR, sys.version_info[:2], source.licence, [(o.label, o.sha256) for o in read]])
    key = hashlib.sha256(told.encode()).hexdigest()[:16]
    return folder / "shards" / f"{source.name}-{read[0].version}-{key}.z"


def read_source(source: Source, read: list[Origin], folder: Path, anew: bool) -> tuple[list[Passage], list[str]]:
    """Passages of a source, from its shard where that is whole, and what was skipped."""
    if not read:
        return [], []
    shard = _shard(source, read, folder)
    if not anew:
        try:
            kept = json.loads(zlib.decompress(shard.read_bytes()))
            return [_passage(item, source) for item in kept["passages"]], kept["skipped"]
        except (OSError, ValueError, zlib.error, KeyError, TypeError):
            pass
    passages: list[Passage] = []
    skipped: list[str] = []
    seen: set[bytes] = set()
    names: set[str] = set()
    for origin in read:
        try:
            files = read_archive(origin.path) if origin.path else read_installed(distribution(source.name))
            got = extract(_new(files, seen), source.copyleft)
        except CorpusError as error:
            skipped.append(f"{source.name}: {error}")
            continue
        skipped += [f"{source.name}: {line}" for line in got.skipped]
        told = {"package": source.name, "version": origin.version, "licence": source.licence, "domains": source.domains}
        own = stamped(got.passages, **told, copyleft=source.copyleft, artefact=origin.label, sha256=origin.sha256)
        passages += [item for item in own if item.kind != "api" or item.qualname not in names]
        names |= {item.qualname for item in own if item.kind == "api"}
    passages = unique(passages)
    text = json.dumps({"passages": [asdict(item) for item in passages], "skipped": skipped}, ensure_ascii=False)
    part = shard.with_suffix(".part")
    try:
        part.write_bytes(zlib.compress(text.encode("utf-8", "replace"), 3))
        part.replace(shard)
    except OSError as error:
        part.unlink(missing_ok=True)
        skipped.append(f"{source.name}: its shard was not kept: {error.strerror}")
    return passages, skipped


def _new(files: Iterator[tuple[str, bytes]], seen: set[bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in files:
        key = hashlib.sha256(content).digest()
        if key not in seen:
            seen.add(key)
            yield name, content


def _passage(item: dict[str, Any], source: Source) -> Passage:
    own: dict[str, Any] = {}
    for field in fields(Passage):
        value = item[field.name]
        own[field.name] = tuple(value) if isinstance(value, list) else value
    return Passage(**{**own, "domains": source.domains})
