"""The corpus for haystack-ai: documents, a retriever component over the store, and a pipeline. Optional.

Telemetry is switched off before Haystack is first imported; its store of settings is pointed at the cache folder.
"""

from __future__ import annotations

import os
from typing import Any

from cerebro_core.corpus.places import corpus_folder
from cerebro_core.errors import CorpusError


def pipeline() -> Any:
    """A Haystack pipeline with the one component `retriever`; run it with `{"retriever": {"query": "…"}}`.

    Raises:
        CorpusError: where haystack-ai is not installed.
    """
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    os.environ.setdefault("HAYSTACK_CONTENT_TRACING_ENABLED", "false")
    os.environ.setdefault("HAYSTACK_HOME", str(corpus_folder() / "haystack"))
    try:
        from haystack import Document, Pipeline, component
    except ImportError:
        raise CorpusError("haystack-ai is not installed; pip install 'cerebro-core[corpus]'") from None

    from cerebro_core.corpus.scope import find
    from cerebro_core.plugins import plugins

    @component
    class CorpusRetriever:
        """Passages of the corpus, best first, as Haystack documents."""

        @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]
        def run(self, query: str, top_k: int = 10, domain: str | None = None) -> dict[str, Any]:
            every = plugins()
            every.load_all()
            hits, _ = find(every.call("cerebro_corpus"), query, domain=domain, limit=top_k)
            made = [Document(id=h.told["id"], content=_content(h.told), meta=h.told, score=h.score) for h in hits]
            return {"documents": made}

    built = Pipeline()
    built.add_component("retriever", CorpusRetriever())
    return built


def _content(told: dict[str, Any]) -> str:
    return "\n\n".join(part for part in (told["title"], told["prose"], told["signature"], told["code"]) if part)
