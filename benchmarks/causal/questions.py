"""The agent's answers to plain questions: design and roles of all, and the estimates where an effect is known.

    python benchmarks/causal/questions.py spec               # seconds: design, roles, refusals
    python benchmarks/causal/questions.py full [tuned|held|fresh|unseen]  # minutes: runs each analysis too

Questions held back were written before the agent was tuned and were not looked at while it was.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "plugins" / "cerebro-causal" / "tests" / "agent"))

from questions import Question, ask, estimate_of, wrong
from questions_fresh import FRESH
from questions_held import HELD
from questions_tuned import TUNED
from questions_unseen import UNSEEN

SETS = {"tuned": TUNED, "held": HELD, "fresh": FRESH, "unseen": UNSEEN}


def score(name: str, questions: list[Question], full: bool, folder: Path) -> None:
    """Print how many of a set are right, and what went wrong with the others."""
    right = near = known = 0
    notes: list[str] = []
    started = time.process_time()
    for question in questions:
        answered = ask(question, folder)
        faults: list[Any] = wrong(question, answered)
        if not faults:
            right += 1
        else:
            notes.append(f"  {question.name}: {'; '.join(faults)[:300]}")
        if full and question.effect is not None and not faults:
            known += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value, shown = estimate_of(answered, question)
            off = value is None or abs(value - question.effect) > question.within
            near += not off
            if off:
                notes.append(f"  {question.name}: estimate {shown}, not {question.effect} ± {question.within}")
    seconds = time.process_time() - started
    total = len(questions)
    error = (right / total * (1 - right / total) / total) ** 0.5
    print(f"{name}: design, roles, refusals {right}/{total} = {right / total:.0%} ± {error:.0%}", end="")
    print(f"; estimates {near}/{known}" if full else "", f"; {seconds:.0f} CPU seconds", sep="")
    print("\n".join(notes), flush=True)


def main(full: bool, names: list[str]) -> None:
    """Score the sets."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            score(name, SETS[name], full, Path(folder))


if __name__ == "__main__":
    main("full" in sys.argv[1:], [name for name in SETS if name in sys.argv[1:]] or list(SETS))
