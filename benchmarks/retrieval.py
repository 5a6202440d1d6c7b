"""Retrieval, measured: recall of gold paragraphs by mode, speed of indexing, time of a query.

    HARK_TEST_DATA=... python -m benchmarks.retrieval [--rows 50] [--corpus 6119] [--embedder FOLDER] [--keep FOLDER]

Recall: the paragraphs of the first rows of HotpotQA's development split in one index, questions as queries; the share
of gold titles among the first k passages. Speed: the 2WikiMultihopQA corpus in an index of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.config import Paths
from agent.retrieval.embed import MiniLM
from agent.retrieval.index import DocumentIndex
from benchmarks.clips import data_folder
from voice.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.retrieval.embed import Embedder
    from agent.retrieval.table import Mode

MODES: tuple[Mode, ...] = ("words", "vectors", "hybrid")


def build(folder: Path, embedder: Embedder, documents: Iterable[tuple[str, str]]) -> DocumentIndex:
    """An index over (title, text) pairs; prints how long it took."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "corpus.jsonl"
    source.write_text(
        "".join(json.dumps({"title": title, "text": text}) + "\n" for title, text in documents), encoding="utf-8"
    )
    index = DocumentIndex.open(folder / "index", embedder)
    report = index.update([source])
    done = f"indexed {report.passages} passages" if report.read else f"found {report.passages} passages up to date"
    print(f"{done} in {report.seconds:.1f} s ({report.passages / report.seconds:.0f}/s)", flush=True)
    return index


async def recall(data: Path, work: Path, embedder: Embedder, rows: int) -> None:
    """Print recall@4 and @8 of gold titles for each mode."""
    questions = json.loads((data / "qa/hotpotqa_open.json").read_text("utf-8"))[:rows]
    paragraphs = {title: " ".join(sentences) for row in questions for title, sentences in row["context"]}
    index = build(work / f"hotpotqa-{rows}", embedder, paragraphs.items())
    for mode in MODES:
        found: dict[int, list[float]] = {4: [], 8: []}
        for row in questions:
            gold = {title for title, _ in row["supporting_facts"]}
            titles = [passage.title for passage in await index.search(row["question"], limit=8, mode=mode)]
            for k, shares in found.items():
                shares.append(len(gold & set(titles[:k])) / len(gold))
        print(f"{mode:8} recall@4 {np.mean(found[4]):.3f}  recall@8 {np.mean(found[8]):.3f}  (n={len(questions)})")


async def speed(data: Path, work: Path, embedder: Embedder, rows: int) -> None:
    """Print the time of indexing and of queries over the open corpus, and how often a title finds its passage."""
    corpus = json.loads((data / "qa/2wiki_corpus_6119.json").read_text("utf-8"))[:rows]
    questions = [row["question"] for row in json.loads((data / "qa/2wiki_open.json").read_text("utf-8"))]
    index = build(work / f"2wiki-{rows}", embedder, ((row["title"], row["text"]) for row in corpus))
    await index.search("warm up")
    for mode in MODES:
        times = []
        for question in questions:
            start = time.perf_counter()
            await index.search(question, limit=5, mode=mode)
            times.append((time.perf_counter() - start) * 1000)
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{mode:8} query p50 {p50:.1f} ms  p95 {p95:.1f} ms  (n={len(times)}, query embedding included)")
    titles = [row["title"] for row in corpus[:: max(1, len(corpus) // 200)]]
    hits = [title in {p.title for p in await index.search(title, limit=5)} for title in titles]
    print(f"a passage's own title finds it among 5: {np.mean(hits):.3f} (n={len(hits)})")
    await name_times(index, titles)


async def name_times(index: DocumentIndex, titles: list[str]) -> None:
    """Print the time of the phonetic name search."""
    start = time.perf_counter()
    await index.entities("warm up")
    first = time.perf_counter() - start
    times = []
    for title in titles:
        start = time.perf_counter()
        await index.entities(title)
        times.append((time.perf_counter() - start) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    print(f"names    first {first:.2f} s, then p50 {p50:.1f} ms  p95 {p95:.1f} ms  (n={len(times)})")


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50, help="questions of the recall check")
    parser.add_argument("--corpus", type=int, default=6119, help="passages of the speed check; 0 leaves it out")
    parser.add_argument(
        "--embedder", type=Path, help="folder with model.onnx and tokenizer.json (default: the pulled minilm)"
    )
    parser.add_argument("--keep", type=Path, help="folder to keep the indexes in, for the next run")
    options = parser.parse_args()
    data = data_folder()
    embedder = MiniLM(options.embedder or ModelStore(Paths.standard().models).path("minilm"))
    with tempfile.TemporaryDirectory() as scratch:
        work = options.keep or Path(scratch)
        asyncio.run(recall(data, work, embedder, options.rows))
        if options.corpus:
            asyncio.run(speed(data, work, embedder, options.corpus))


if __name__ == "__main__":
    main()
